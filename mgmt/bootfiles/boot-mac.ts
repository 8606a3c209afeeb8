import { isIPv4 } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';

/**
 * The address a node boots with, lower case with colons: of `mac[!host]|mac[!host]...` the one
 * that names the node or no host, else the first; `*NOIP*` marks a NIC that gets no address.
 * ERR_STATELITE_BOOTFILE if there is none.
 */
export function bootMac(column: string | undefined, node: string): string {
  const address = entryOf(column, node);
  if (address === undefined) {
    throw new StateliteError('ERR_STATELITE_BOOTFILE', 'No MAC address available for this node', {
      hint: `chtab node=${node} mac.mac=52:54:00:…`,
    });
  }
  const mac = normalised(address);
  if (mac !== undefined) return mac;
  throw new StateliteError(
    'ERR_STATELITE_BOOTFILE',
    `mac row of ${node}: ${JSON.stringify(address)} is no MAC address`,
    { hint: 'write six pairs of hexadecimal digits, e.g. 52:54:00:12:34:56' },
  );
}

/** The same, if there is one. */
export function macIn(column: string | undefined, node: string): string | undefined {
  const address = entryOf(column, node);
  return address === undefined ? undefined : normalised(address);
}

function entryOf(column: string | undefined, node: string): string | undefined {
  const entries = (column ?? '')
    .split('|')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '' && !entry.endsWith('!*NOIP*'))
    .map((entry) => entry.split('!'));
  const own = entries.find(([, host]) => host === undefined || host === node);
  const [address] = own ?? entries[0] ?? [];
  return address;
}

function normalised(address: string): string | undefined {
  const lower = address.toLowerCase();
  if (/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/u.test(lower)) return lower;
  const digits = lower.replace(/[:.-]/g, '');
  return /^[0-9a-f]{12}$/u.test(digits) ? digits.match(/../g)?.join(':') : undefined;
}

/** The name pxelinux asks for by hardware address: `01-52-54-00-77-00-01`. */
export function macFileName(mac: string): string {
  return `01-${mac.replaceAll(':', '-')}`;
}

/** The name pxelinux asks for by IPv4 address: `0A4D0001`; undefined for other addresses. */
export function addressFileName(address: string): string | undefined {
  if (!isIPv4(address)) return undefined;
  return address
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
}
