import { isIP, isIPv4, isIPv6 } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';

/** hosts.ip: blank, an address, or a regex value. Throws ERR_STATELITE_ROW like the others here. */
export function checkAddress(value: string): void {
  if (value === '' || isRegex(value) || isIP(value) !== 0) return;
  refuse(`${JSON.stringify(value)} is no IP address`, 'write one address, e.g. 10.0.0.11');
}

/** mac.mac: `mac[!host]|mac[!host]...`, the host `*NOIP*` for a NIC without an address. */
export function checkMacs(value: string): void {
  if (value === '' || isRegex(value)) return;
  for (const entry of value.split('|')) {
    const [address = '', host, ...more] = entry.trim().split('!');
    if (!isMac(address)) {
      const hint = 'write six pairs of hexadecimal digits, e.g. 52:54:00:12:34:56';
      refuse(`${JSON.stringify(address)} is no MAC address`, hint);
    }
    if (more.length > 0 || (host !== undefined && !/^(?:\*NOIP\*|[\w.-]+)$/u.test(host))) {
      const hint = 'write mac, mac!host or mac!*NOIP*, several of them with | between';
      refuse(`${JSON.stringify(entry)} names no one host for the address`, hint);
    }
  }
}

/** networks.net: an address. */
export function checkNetwork(net: string): void {
  if (isIP(net) !== 0) return;
  refuse(`${JSON.stringify(net)} is no IP address`, 'write the address of the network: 10.0.0.0');
}

/** networks.mask: for IPv4 as an address, for IPv6 as a number of bits; the network is without host bits. */
export function checkMask(mask: string, net: string): void {
  if (isIPv6(net)) {
    if (/^\/?\d{1,3}$/u.test(mask) && Number(mask.replace('/', '')) <= 128) return;
    refuse(`${JSON.stringify(mask)} is no number of bits`, 'write it as /64');
  }
  const bits = isIPv4(mask) ? numberOf(mask) : undefined;
  // A mask is ones, then zeros: what it leaves out is one less than a power of two.
  if (bits === undefined || !Number.isInteger(Math.log2(2 ** 32 - bits))) {
    refuse(`${JSON.stringify(mask)} is no mask`, 'write it as 255.255.255.0');
  }
  const size = 2 ** 32 - bits;
  if (!isIPv4(net) || numberOf(net) % size === 0) return;
  const begin = addressOf(numberOf(net) - (numberOf(net) % size));
  refuse(`${net} is an address in the network ${begin} with mask ${mask}`, `write net=${begin}`);
}

/** InfiniBand has 8 or 20 bytes in place of 6. */
function isMac(text: string): boolean {
  const digits = text.replaceAll(/[:.-]/gu, '');
  return /^[0-9a-f]+$/iu.test(digits) && [12, 16, 40].includes(digits.length);
}

/** A value that is worked out of the node's name: `|from|to|`, `|to|` or `/from/to/`. */
function isRegex(value: string): boolean {
  return /^\|.*\|$/su.test(value) || /^\/[^/]*\/[^/]*\/$/u.test(value);
}

function numberOf(address: string): number {
  return address.split('.').reduce((number, byte) => number * 256 + Number(byte), 0);
}

function addressOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

function refuse(problem: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_ROW', problem, { hint });
}
