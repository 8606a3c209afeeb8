import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode, StateliteError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Cmdline } from '../protocol/cmdline.ts';
import type { System } from '../system.ts';
import { type Deadline, retry } from './deadline.ts';
import { type Lease, leaseOf, parseLease, renderResolvConf } from './lease.ts';
import type { Programs } from './spawn.ts';

export interface NetworkDeps {
  readonly system: Pick<System, 'interfaceUp' | 'interfaceAddress' | 'defaultRoute'>;
  readonly programs: Programs;
  readonly log: Logger;
  readonly deadline: Deadline;
}

const leaseFile = '/run/statelite.lease';
const carrierLimit = 10_000;

/** Brings up the interface the node booted from, by DHCP or `ip=` (semantics 5.1, 5.2). */
export async function startNetwork(
  { bootif, netdev, ip }: Pick<Cmdline, 'bootif' | 'netdev' | 'ip'>,
  deps: NetworkDeps,
): Promise<Lease> {
  const { system, log, deadline } = deps;
  system.interfaceUp('lo');
  const wanted = ip?.device !== undefined && ip.device !== '' ? ip.device : netdev;
  return retry({ deadline, log, what: 'network' }, async () => {
    const candidates = await choose(wanted, bootif);
    for (const device of candidates) system.interfaceUp(device);
    const device = await firstWithCarrier(candidates, Math.min(carrierLimit, deadline.left));
    const lease = ip === undefined ? await askDhcp(device, deps) : leaseOf(ip, device);
    system.interfaceAddress(device, lease.address, lease.netmask);
    if (lease.gateway !== '') setRoute(system, lease.gateway);
    await writeFile('/etc/resolv.conf', renderResolvConf(lease));
    log.info(
      `${device} has ${lease.address}${lease.hostname === '' ? '' : ` (${lease.hostname})`}`,
    );
    return lease;
  });
}

function setRoute(system: NetworkDeps['system'], gateway: string): void {
  try {
    system.defaultRoute(gateway);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error; // the same lease again
  }
}

/** The named interface, the one with the boot MAC, or else all but lo. */
async function choose(netdev: string | undefined, bootif: string | undefined): Promise<string[]> {
  const devices = (await readdir('/sys/class/net')).filter((name) => name !== 'lo');
  if (netdev !== undefined && devices.includes(netdev)) return [netdev];
  const addresses = await Promise.all(devices.map((device) => attribute(device, 'address')));
  const booted = devices.filter((_, index) => addresses[index] === bootif);
  if (booted.length > 0) return booted;
  if (netdev === undefined && bootif === undefined && devices.length > 0) return devices;
  const wish = bootif === undefined ? `named ${netdev ?? ''}` : `with the address ${bootif}`;
  throw new StateliteError(
    'ERR_STATELITE_NETWORK',
    devices.length === 0
      ? 'there is no network interface'
      : `there is no network interface ${wish}`,
    {
      hint:
        devices.length === 0
          ? 'does the initramfs have its driver? genimage -n adds drivers'
          : `interfaces: ${devices.join(', ')}`,
    },
  );
}

async function firstWithCarrier(devices: readonly string[], limit: number): Promise<string> {
  for (const end = performance.now() + limit; performance.now() < end; await delay(20)) {
    for (const device of devices) {
      if ((await attribute(device, 'carrier')) === '1') return device;
    }
  }
  throw new StateliteError('ERR_STATELITE_NETWORK', `no link on ${devices.join(', ')}`, {
    hint: 'is the cable plugged in, and the switch port on?',
  });
}

/** An attribute of an interface; the carrier of one that is down cannot be read. */
async function attribute(device: string, name: string): Promise<string> {
  try {
    return (await readFile(`/sys/class/net/${device}/${name}`, 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'EINVAL', 'ENOENT')) return '';
    throw error;
  }
}

async function askDhcp(device: string, { programs }: NetworkDeps): Promise<Lease> {
  await rm(leaseFile, { force: true });
  const options = ['-f', '-n', '-q', '-t', '4', '-T', '2', '-A', '1'];
  const argv = ['udhcpc', '-i', device, ...options, '-s', '/etc/statelite/udhcpc'];
  const ended = await programs.run('/bin/busybox', argv, { env: { STATELITE_LEASE: leaseFile } });
  if (ended.code === 0) return parseLease(await readFile(leaseFile, 'utf8'), device);
  throw new StateliteError('ERR_STATELITE_NETWORK', `no DHCP answer on ${device}`, {
    cause: new Error(ended.output.trim().split('\n').at(-1) ?? ''),
    hint: 'does the DHCP server know this MAC address, and is it on this network?',
  });
}
