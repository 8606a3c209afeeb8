import { isIPv4 } from 'node:net';
import { join } from 'node:path/posix';
import { StateliteError } from '../errors.ts';
import { type ImageUrl, parseImageUrl } from './image-url.ts';
import { parseLocation, splitMountOptions } from './location.ts';

export type OnFail = 'shell' | 'reboot' | 'halt';

export interface Location {
  readonly server: string;
  readonly directory: string;
}

/** A directory that is mounted as root, with `/rootimg`. */
export type NfsRoot = Location & { readonly options: readonly string[] };

/** `ip=address::gateway:netmask:hostname:device:none`; unset parts are ''. */
export interface StaticAddress {
  readonly address: string;
  readonly gateway: string;
  readonly netmask: string;
  readonly hostname: string;
  readonly device: string;
}

/** What the kernel command line says (semantics 5.1); see statelite.cmdline(7). */
export interface Cmdline {
  readonly node: string | undefined;
  /** Mounted over NFS, or a packed image that is brought into memory. */
  readonly root: NfsRoot | ImageUrl;
  /** How much memory the root may take there, as tmpfs(5) has it: `2g`, `60%`. Undefined: half. */
  readonly rootlimit: string | undefined;
  readonly statemnt: Location | undefined;
  readonly mntopts: readonly string[];
  readonly xcat: { readonly host: string; readonly port: number };
  readonly statusPort: number;
  readonly bootif: string | undefined;
  readonly netdev: string | undefined;
  readonly ip: StaticAddress | undefined;
  readonly localdisk: string | undefined;
  readonly init: string;
  readonly shell: boolean;
  readonly debug: boolean;
  readonly reportStatus: boolean;
  readonly insecure: boolean;
  readonly onfail: OnFail;
  /** Seconds from the agent's first line to an answer, whatever it is (semantics 5.7). */
  readonly deadline: number;
}

/** Reads /proc/cmdline. Throws ERR_STATELITE_CMDLINE naming the word and its right form. */
export function parseCmdline(text: string): Cmdline {
  const { values, bare } = wordsOf(text);
  const value = (key: string): string | undefined => values.get(key) || undefined;
  return {
    node: value('NODE'),
    root: parseRoot(value('imgurl'), value('NFSROOT'), value('root')),
    rootlimit: parseLimit(value('rootlimit')),
    statemnt: parseStatemnt(value('STATEMNT')),
    mntopts: mountOptions('MNTOPTS', value('MNTOPTS')),
    xcat: parseXcat(value('XCAT')),
    statusPort: parseNumber('XCATIPORT', value('XCATIPORT'), 3002, 65535),
    bootif: parseBootif(value('BOOTIF')),
    netdev: value('netdev') ?? dhcpOn.exec(value('ip') ?? '')?.groups?.['device'],
    ip: parseIp(value('ip')),
    localdisk: value('statelite.localdisk'),
    init: value('init') ?? '/sbin/init',
    shell: bare.has('shell'),
    debug: bare.has('debug'),
    reportStatus: !bare.has('nonodestatus'),
    insecure: bare.has('statelite.insecure'),
    onfail: parseOnfail(value('statelite.onfail')),
    deadline: parseNumber('statelite.deadline', value('statelite.deadline'), 180, 86_400),
  };
}

/** What to do about a command line that cannot be read: its own `statelite.onfail` if that can. */
export function onfailOf(text: string): OnFail {
  const wish = wordsOf(text).values.get('statelite.onfail');
  return wish === 'reboot' || wish === 'halt' ? wish : 'shell';
}

interface Words {
  /** `name=value`, the last of a name. */
  readonly values: ReadonlyMap<string, string>;
  /** Words without `=`: `shell=no` is not `shell`. */
  readonly bare: ReadonlySet<string>;
}

/** Words whole; the kernel's double quotes may hold blanks. */
function wordsOf(text: string): Words {
  const quoted = text.match(/(?:[^\s"]|"[^"]*")+/gu) ?? [];
  const words = quoted.map((word) => word.replaceAll('"', ''));
  const values = words.flatMap((word): [string, string][] => {
    const at = word.indexOf('=');
    return at === -1 ? [] : [[word.slice(0, at), word.slice(at + 1)]];
  });
  return { values: new Map(values), bare: new Set(words.filter((word) => !word.includes('='))) };
}

/** The host that a node gets its root from, without the brackets of an IPv6 address. */
export function rootServer(root: Cmdline['root']): string {
  const server = 'url' in root ? new URL(root.url).hostname : root.server;
  return server.replace(/^\[(.*)\]$/u, '$1');
}

/**
 * `imgurl=`, else `NFSROOT=server:/dir[,opts]`, or what dracut images get:
 * `root=nfs:server:/dir/rootimg[:opts]`.
 */
function parseRoot(
  imgurl: string | undefined,
  nfsroot: string | undefined,
  root: string | undefined,
): Cmdline['root'] {
  if (imgurl !== undefined) return parseImageUrl(imgurl);
  if (nfsroot !== undefined) {
    const [place = '', ...options] = nfsroot.split(',');
    const { server, directory } = serverLocation('NFSROOT', place);
    return {
      server,
      directory: join(directory, 'rootimg'),
      options: mountOptions('NFSROOT', options.join(',')),
    };
  }
  const match = /^nfs4?:(?<place>(?:\[[^\]]+\]|[^:]*):[^:]*)(?::(?<options>.*))?$/u.exec(
    root ?? '',
  )?.groups;
  if (match === undefined) {
    refuse(
      'there is no NFSROOT=server:/directory and no imgurl=',
      'write the boot file with nodeset',
    );
  }
  const { server, directory } = serverLocation('root', match['place'] ?? '');
  return { server, directory, options: mountOptions('root', match['options']) };
}

function parseLimit(text: string | undefined): string | undefined {
  const limit = text?.toLowerCase();
  if (limit === undefined || /^[1-9]\d{0,14}[kmg]?$|^[1-9]\d?%$|^100%$/u.test(limit)) return limit;
  return refuse(`rootlimit=${text} is no size`, 'it is bytes, or has k, m, g or % behind it');
}

function parseStatemnt(text: string | undefined): Location | undefined {
  return text === undefined ? undefined : serverLocation('STATEMNT', text);
}

function serverLocation(word: string, text: string): Location {
  try {
    const { server, directory } = parseLocation(text);
    if (server !== undefined) return { server, directory };
  } catch (cause) {
    if (!(cause instanceof StateliteError)) throw cause;
  }
  return refuse(`${word}=${text} is not usable`, `${word} is server:/absolute/directory`);
}

function mountOptions(word: string, text: string | undefined): readonly string[] {
  try {
    return splitMountOptions(text ?? '');
  } catch (cause) {
    if (!(cause instanceof StateliteError)) throw cause;
    return refuse(`the mount options of ${word}=${text} are not usable`, cause.hint ?? '');
  }
}

function parseXcat(text: string | undefined): Cmdline['xcat'] {
  const match = /^(?<host>\[[^\]]+\]|[^:\s]+)(?::(?<port>\d+))?$/u.exec(text ?? '')?.groups;
  if (match === undefined)
    refuse(`XCAT=${text ?? ''} names no management node`, 'XCAT is host:3001');
  return {
    host: (match['host'] ?? '').replace(/^\[(.*)\]$/u, '$1'),
    port: parseNumber('XCAT', match['port'], 3001, 65535),
  };
}

/** `01-aa-bb-cc-dd-ee-ff` as pxelinux writes it, or `aa:bb:cc:dd:ee:ff`. */
function parseBootif(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const mac = text.toLowerCase().replace(/^01-/u, '').replaceAll('-', ':');
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/u.test(mac)) return mac;
  return refuse(`BOOTIF=${text} is no MAC address`, 'BOOTIF is 01-aa-bb-cc-dd-ee-ff');
}

/** DHCP on a named interface: `ip=eth0:dhcp` as dracut has it, `ip=:::::eth0:dhcp` as the kernel has it. */
const dhcpOn = /^(?::{4}[^:]*:)?(?<device>[^:]+):(?:dhcp|on|any|both)$/u;

function parseIp(text: string | undefined): StaticAddress | undefined {
  if (text === undefined || /^(dhcp|on|any|both|auto.*)$/u.test(text) || dhcpOn.test(text)) {
    return undefined;
  }
  const [address = '', , gateway = '', netmask = '', hostname = '', device = ''] = text.split(':');
  if (isIPv4(address) && isIPv4(netmask) && (gateway === '' || isIPv4(gateway))) {
    return { address, gateway, netmask, hostname, device };
  }
  return refuse(
    `ip=${text} is not usable`,
    'ip is dhcp or address::gateway:netmask:hostname:device:none',
  );
}

function parseOnfail(text: string | undefined): OnFail {
  if (text === undefined) return 'shell';
  if (text === 'shell' || text === 'reboot' || text === 'halt') return text;
  return refuse(`statelite.onfail=${text} is not known`, 'it is shell, reboot or halt');
}

function parseNumber(
  word: string,
  text: string | undefined,
  fallback: number,
  most: number,
): number {
  if (text === undefined) return fallback;
  const number = Number(text);
  if (/^\d+$/u.test(text) && number >= 1 && number <= most) return number;
  return refuse(`${word}=${text} is no number from 1 to ${most}`, `without it, it is ${fallback}`);
}

function refuse(message: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_CMDLINE', `kernel command line: ${message}`, { hint });
}
