import { StateliteError } from '../../agent/errors.ts';
import type { BootDevice } from './control.ts';
import { firstDevice, ordersDevices, withDeviceFirst } from './device-order.ts';

const names = { net: 'network', hd: 'hd', cd: 'cdrom' } as const;

/**
 * The XML of a libvirt domain with another first boot device; the others follow in their order.
 * `default` is a domain's usual order: disk, then network. Only <boot> of <os> is changed, or that of
 * devices that have an order of their own. Throws ERR_STATELITE_HARDWARE for what is no domain.
 */
export function withBootDevice(xml: string, device: BootDevice): string {
  const os = osOf(xml);
  if (ordersDevices(xml)) return withDeviceFirst(xml, device);
  const first = device === 'default' ? ['hd', 'network'] : [names[device]];
  const order = [...new Set([...first, ...bootDevices(os)])];
  const rest = os.replaceAll(/\s*<boot\s+dev=[^>]*>/gu, '');
  const lines = order.map((dev) => `\n    <boot dev='${dev}'/>`).join('');
  const changed = rest.replace(/\s*<\/os>$/u, () => `${lines}\n  </os>`);
  // A replacer: `$` in the XML is no pattern.
  return xml.replace(os, () => changed);
}

/** The first boot device of a domain, if it names one. */
export function firstBootDevice(xml: string): BootDevice {
  if (ordersDevices(xml)) {
    const kind = firstDevice(xml);
    return kind === undefined || kind === 'another' ? 'default' : kind;
  }
  const [first] = bootDevices(osOf(xml));
  if (first === 'network') return 'net';
  if (first === 'cdrom') return 'cd';
  return first === 'hd' ? 'hd' : 'default';
}

function osOf(xml: string): string {
  const os = /<os(?:\s[^>]*)?>[\s\S]*?<\/os>/u.exec(xml)?.[0];
  if (os !== undefined) return os;
  throw new StateliteError('ERR_STATELITE_HARDWARE', 'virsh dumpxml printed no <os>');
}

function bootDevices(os: string): string[] {
  return [...os.matchAll(/<boot\s+dev=['"]([a-z]+)['"]/gu)].map(([, dev = '']) => dev);
}
