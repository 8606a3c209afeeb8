import { StateliteError } from '../../agent/errors.ts';
import type { BootDevice } from './control.ts';

type Kind = Exclude<BootDevice, 'default'> | 'another';

interface Device {
  readonly kind: Kind;
  readonly xml: string;
  readonly order: number | undefined;
}

const names = { net: 'network interface', hd: 'disk', cd: 'CD drive', default: 'disk' } as const;

/** Whether the devices of a libvirt domain have a boot order each; <boot dev=> of <os> is refused then. */
export function ordersDevices(xml: string): boolean {
  return devicesOf(xml).some(({ order }) => order !== undefined);
}

/**
 * The XML of such a domain with the device first; the others follow in their order. `default` is disks,
 * then networks. Only <boot order=> is changed. Throws ERR_STATELITE_HARDWARE without such a device.
 */
export function withDeviceFirst(xml: string, device: BootDevice): string {
  const devices = devicesOf(xml);
  const ordered = devices
    .filter(({ order }) => order !== undefined)
    .toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0));
  const chosen = device === 'default' ? (['hd', 'net'] as const) : ([device] as const);
  const first = chosen.flatMap((kind) => firstOf(kind, devices, ordered));
  if (first.length === 0) {
    throw new StateliteError('ERR_STATELITE_HARDWARE', `the domain has no ${names[device]}`, {
      hint: 'virsh dumpxml shows what it has',
    });
  }
  const all = [...new Set([...first, ...ordered])];
  return all.reduce(
    (text, each, index) => text.replace(each.xml, () => withOrder(each.xml, index + 1)),
    xml,
  );
}

/** What is booted from first; undefined for a device that is none of the usual ones. */
export function firstDevice(xml: string): Kind | undefined {
  const ordered = devicesOf(xml).filter(({ order }) => order !== undefined);
  return ordered.toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0))[0]?.kind;
}

/** Those that have an order; where none has, the first that there is. */
function firstOf(kind: Kind, devices: readonly Device[], ordered: readonly Device[]): Device[] {
  const known = ordered.filter((each) => each.kind === kind);
  const [any] = devices.filter((each) => each.kind === kind);
  return known.length > 0 || any === undefined ? known : [any];
}

function devicesOf(xml: string): Device[] {
  const found = xml.matchAll(/<(disk|interface|hostdev|redirdev)\b([^>]*)>[\s\S]*?<\/\1>/gu);
  return [...found].map(([text, element = '', attributes = '']) => {
    const [, order] = /<boot\s+order=['"](\d+)['"]/u.exec(text) ?? [];
    return {
      kind: kindOf(element, attributes),
      xml: text,
      order: order === undefined ? undefined : Number(order),
    };
  });
}

function kindOf(element: string, attributes: string): Kind {
  if (element === 'interface') return 'net';
  if (element !== 'disk') return 'another';
  const [, device = 'disk'] = /\bdevice=['"](\w+)['"]/u.exec(attributes) ?? [];
  if (device === 'cdrom') return 'cd';
  return device === 'disk' || device === 'lun' ? 'hd' : 'another';
}

function withOrder(xml: string, order: number): string {
  const rest = xml.replaceAll(/\s*<boot\s+order=[^>]*>/gu, '');
  return rest.replace(
    /(\s*)(<\/\w+>)$/u,
    (_, space, end) => `${space}  <boot order='${order}'/>${space}${end}`,
  );
}
