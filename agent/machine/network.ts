import { readFile, rm, writeFile } from 'node:fs/promises';
import { hasCode, StateliteError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Cmdline } from '../protocol/cmdline.ts';
import type { System } from '../system.ts';
import { type Budget, retry } from './deadline.ts';
import { chooseInterfaces, readInterfaces, withCarrier } from './interfaces.ts';
import { type Lease, leaseOf, parseLease, renderResolvConf } from './lease.ts';
import type { Programs } from './spawn.ts';

export interface NetworkDeps {
  readonly system: Pick<System, 'interfaceUp' | 'interfaceAddress' | 'defaultRoute'>;
  readonly programs: Programs;
  /** Loads the drivers of devices that came up since. */
  readonly loadDrivers: () => Promise<void>;
  readonly log: Logger;
  readonly deadline: Budget;
}

/** Where the kernel shows interfaces, and where results go. */
export interface NetworkPlaces {
  readonly interfaces: string;
  readonly lease: string;
  readonly resolvConf: string;
}

const initramfs: NetworkPlaces = {
  interfaces: '/sys/class/net',
  lease: '/run/statelite.lease',
  resolvConf: '/etc/resolv.conf',
};

const carrierLimit = 10_000;

/** Brings up the interface the node booted from, by DHCP or `ip=` (semantics 5.1, 5.2). */
export async function startNetwork(
  { bootif, netdev, ip }: Pick<Cmdline, 'bootif' | 'netdev' | 'ip'>,
  deps: NetworkDeps,
  places = initramfs,
): Promise<Lease> {
  const { system, log, deadline } = deps;
  system.interfaceUp('lo');
  const wanted = ip?.device !== undefined && ip.device !== '' ? ip.device : netdev;
  return retry({ deadline, log, what: 'network' }, async (times) => {
    if (times > 1) await deps.loadDrivers();
    const names = chooseInterfaces(await readInterfaces(places.interfaces), wanted, bootif);
    const limit = Math.min(carrierLimit, deadline.left);
    const linked = await withCarrier(places.interfaces, bringUp(names, deps), limit);
    const lease =
      ip === undefined ? await askEach(linked, deps, places) : leaseOf(ip, linked[0] ?? '');
    configure(lease, deps);
    await writeFile(places.resolvConf, renderResolvConf(lease));
    return lease;
  });
}

/** One that does not come up (no firmware, say) must not keep the others from trying. */
function bringUp(names: readonly string[], { system, log }: NetworkDeps): string[] {
  const failures: unknown[] = [];
  const up = names.filter((name) => {
    try {
      system.interfaceUp(name);
      return true;
    } catch (error) {
      log.warn(`${name} does not come up: ${String(error)}`);
      failures.push(error);
      return false;
    }
  });
  if (up.length > 0) return up;
  throw new StateliteError('ERR_STATELITE_NETWORK', `${names.join(', ')} cannot be brought up`, {
    cause: failures[0],
    hint: 'does its driver want firmware that the initramfs lacks? dmesg says so',
  });
}

/** The first answer; a node without BOOTIF may have cables to networks without a DHCP server. */
async function askEach(
  devices: readonly string[],
  deps: NetworkDeps,
  places: NetworkPlaces,
): Promise<Lease> {
  for (const device of devices.slice(0, -1)) {
    try {
      return await askDhcp(device, deps, places);
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      deps.log.warn(`${error.message}; trying the next interface`);
    }
  }
  return askDhcp(devices.at(-1) ?? '', deps, places);
}

async function askDhcp(
  device: string,
  { programs }: NetworkDeps,
  { lease }: NetworkPlaces,
): Promise<Lease> {
  await rm(lease, { force: true });
  const options = ['-f', '-n', '-q', '-t', '4', '-T', '2', '-A', '1'];
  const argv = ['udhcpc', '-i', device, ...options, '-s', '/etc/statelite/udhcpc'];
  const ended = await programs.run('/bin/busybox', argv, { env: { STATELITE_LEASE: lease } });
  if (ended.code === 0) return readLease(lease, device);
  throw new StateliteError('ERR_STATELITE_NETWORK', `no DHCP answer on ${device}`, {
    cause: new Error(ended.output.trim().split('\n').at(-1) ?? ''),
    hint: 'does the DHCP server know this MAC address, and is it on this network?',
  });
}

/** The script wrote it before udhcpc ended. */
async function readLease(file: string, device: string): Promise<Lease> {
  try {
    return parseLease(await readFile(file, 'utf8'), device);
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_NETWORK', `the lease of ${device} was not written`, {
      cause,
      hint: 'does the initramfs have /etc/statelite/udhcpc? run genimage again',
    });
  }
}

/** Address and route; without its gateway a node still reaches its own network. */
function configure(lease: Lease, { system, log }: NetworkDeps): void {
  const { interface: device, address, netmask, gateway, hostname } = lease;
  try {
    system.interfaceAddress(device, address, netmask);
  } catch (cause) {
    throw new StateliteError(
      'ERR_STATELITE_NETWORK',
      `${device} does not take the address ${address} with the netmask ${netmask}`,
      { cause, hint: 'look at the DHCP server, or at ip= if it is given' },
    );
  }
  try {
    if (gateway !== '') system.defaultRoute(gateway);
  } catch (error) {
    // EEXIST: the same lease again.
    if (!hasCode(error, 'EEXIST')) log.warn(`no default route by ${gateway}: ${String(error)}`);
  }
  log.info(`${device} has ${address}${hostname === '' ? '' : ` (${hostname})`}`);
}
