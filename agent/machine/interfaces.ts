import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode, StateliteError } from '../errors.ts';

/** A network interface as the kernel shows it. */
export interface Interface {
  readonly name: string;
  readonly address: string;
  /** Hardware behind it; tunnels, bonds and dummies have none. */
  readonly isDevice: boolean;
}

/** All but lo; plain files there are controls (bonding_masters). */
export async function readInterfaces(directory: string): Promise<Interface[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isFile()).map(({ name }) => name);
  return Promise.all(
    names
      .filter((name) => name !== 'lo')
      .map(async (name) => ({
        name,
        address: await attribute(directory, name, 'address'),
        isDevice: existsSync(join(directory, name, 'device')),
      })),
  );
}

/**
 * The named interface, the one with the boot MAC, or else all that are hardware. Throws
 * ERR_STATELITE_NETWORK, naming those that are there.
 */
export function chooseInterfaces(
  interfaces: readonly Interface[],
  netdev: string | undefined,
  bootif: string | undefined,
): string[] {
  const names = (list: readonly Interface[]): string[] => list.map(({ name }) => name);
  const all = names(interfaces);
  if (netdev !== undefined && all.includes(netdev)) return [netdev];
  const booted = interfaces.filter(({ address }) => address === bootif);
  // A bridge or a bond over the interface has its address too.
  const devices = booted.filter(({ isDevice }) => isDevice);
  if (booted.length > 0) return names(devices.length > 0 ? devices : booted);
  const hardware = names(interfaces.filter(({ isDevice }) => isDevice));
  if (netdev === undefined && bootif === undefined && all.length > 0) {
    return hardware.length > 0 ? hardware : all;
  }
  if (hardware.length === 0) {
    throw new StateliteError('ERR_STATELITE_NETWORK', 'there is no network interface', {
      hint: 'does the initramfs have its driver? genimage -n adds drivers',
    });
  }
  const wish = bootif === undefined ? `named ${netdev ?? ''}` : `with the address ${bootif}`;
  throw new StateliteError('ERR_STATELITE_NETWORK', `there is no network interface ${wish}`, {
    hint: `interfaces: ${interfaces.map(({ name, address }) => `${name} ${address}`).join(', ')}`,
  });
}

/** Those that have a link as soon as one has, for at most so many milliseconds. */
export async function withCarrier(
  directory: string,
  names: readonly string[],
  limit: number,
): Promise<string[]> {
  for (const end = performance.now() + limit; performance.now() < end; await delay(20)) {
    const carriers = await Promise.all(names.map((name) => attribute(directory, name, 'carrier')));
    const linked = names.filter((_, index) => carriers[index] === '1');
    if (linked.length > 0) return linked;
  }
  throw new StateliteError('ERR_STATELITE_NETWORK', `no link on ${names.join(', ')}`, {
    hint: 'is the cable plugged in, and the switch port on?',
  });
}

/** An attribute of an interface; the carrier of one that is down cannot be read. */
async function attribute(directory: string, device: string, name: string): Promise<string> {
  try {
    return (await readFile(join(directory, device, name), 'utf8')).trim();
  } catch (error) {
    if (hasCode(error, 'EINVAL', 'ENOENT')) return '';
    throw error;
  }
}
