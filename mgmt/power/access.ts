import { isAbsolute } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster, NodeTableName } from '../core/cluster.ts';
import { siteNumber } from './site-number.ts';

/** An account of a controller; the password is never printed, logged or on a command line. */
export interface Account {
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** How the hardware of a node is reached. */
export type Access =
  | ({
      readonly kind: 'ipmi';
      readonly bmc: string;
      /** UDP; undefined: 623. */
      readonly port: number | undefined;
      /** How often it is asked, and the seconds until it is asked again. */
      readonly tries: number;
      readonly wait: number;
    } & Account)
  | ({
      readonly kind: 'redfish';
      readonly origin: string;
      /** The Id of the ComputerSystem; undefined if the controller has one only. */
      readonly system: string | undefined;
      readonly cafile: string | undefined;
      readonly verify: boolean;
    } & Account)
  | { readonly kind: 'libvirt'; readonly uri: string; readonly domain: string }
  | { readonly kind: 'qmp'; readonly socket: string };

/** Where the console of a node is. */
export type ConsoleAccess =
  | Extract<Access, { readonly kind: 'ipmi' | 'libvirt' }>
  | { readonly kind: 'socket'; readonly socket: string };

const controller = /^[A-Za-z0-9](?:[A-Za-z0-9.:-]*[A-Za-z0-9])?$/u;

const asVirtual = new Set(['qemu', 'kvm', 'libvirt']);
const asRedfish = new Set(['redfish', 'openbmc']);

/**
 * How the power of a node is switched: nodehm.power, else nodehm.mgt, of the node or a group. A
 * virtual node with hardware.qmp is reached by that, else by libvirt. Throws
 * ERR_STATELITE_HARDWARE if a value is missing or cannot be used.
 */
export function powerAccess(cluster: Cluster, node: string): Access {
  const read = reader(cluster, node);
  const method = read('nodehm', 'power') ?? read('nodehm', 'mgt');
  if (method === 'ipmi') return ipmiAccess(cluster, node);
  if (method !== undefined && asRedfish.has(method)) return redfishAccess(cluster, node);
  if (method === undefined || !asVirtual.has(method)) throw unknown(read, node, 'power');
  const socket = read('hardware', 'qmp');
  if (socket !== undefined) return { kind: 'qmp', socket: absolute(node, 'qmp', socket) };
  if (method === 'qemu') throw missing(node, 'hardware.qmp', '/run/qemu/NODE.qmp');
  return libvirtAccess(cluster, node);
}

/** Where the console is, by nodehm.cons, else nodehm.mgt; as `powerAccess` otherwise. */
export function consoleAccess(cluster: Cluster, node: string): ConsoleAccess {
  const read = reader(cluster, node);
  const method = read('nodehm', 'cons') ?? read('nodehm', 'mgt');
  // Redfish itself has no console; its controllers speak IPMI for that.
  if (method === 'ipmi') return ipmiAccess(cluster, node);
  // The port that ipmi.bmc may have is that of HTTPS.
  if (method !== undefined && asRedfish.has(method)) {
    return { ...ipmiAccess(cluster, node), port: undefined };
  }
  if (method === undefined || !asVirtual.has(method)) throw unknown(read, node, 'cons');
  const socket = read('hardware', 'serial');
  if (socket !== undefined) return { kind: 'socket', socket: absolute(node, 'serial', socket) };
  if (method === 'qemu') throw missing(node, 'hardware.serial', '/run/qemu/NODE.console');
  return libvirtAccess(cluster, node);
}

function ipmiAccess(cluster: Cluster, node: string): Extract<Access, { kind: 'ipmi' }> {
  const given = bmcOf(cluster, node);
  const [address = ''] = given.replace(/^https:\/\//u, '').split('/');
  // An IPv6 address has colons of its own; with a port it stands in brackets.
  const [, bracketedHost, host, port] =
    /^(?:\[([\dA-Fa-f]*:[\dA-Fa-f:.]*)\]|([^:]*|[^:]*:[^:]*:.*))(?::(\d{1,5}))?$/u.exec(address) ??
    [];
  const bmc = bracketedHost ?? host ?? '';
  if (!controller.test(bmc) || Number(port ?? 623) > 65_535) {
    throw unusable(node, 'ipmi.bmc', given);
  }
  return {
    kind: 'ipmi',
    bmc,
    port: port === undefined ? undefined : Number(port),
    tries: siteNumber(cluster.site, 'ipmiretries'),
    wait: siteNumber(cluster.site, 'ipmitimeout'),
    ...accountOf(cluster, node),
  };
}

function redfishAccess(cluster: Cluster, node: string): Access {
  const read = reader(cluster, node);
  const bmc = bmcOf(cluster, node);
  const url = URL.parse(/^[a-z]+:\/\//u.test(bmc) ? bmc : `https://${bracketed(bmc)}`);
  // Whoever answers plain HTTP could be anybody, and would be told the password.
  if (url?.protocol !== 'https:' || url.username !== '' || url.hostname === '') {
    throw unusable(node, 'ipmi.bmc', bmc);
  }
  const verify = !/^(?:0|no)$/iu.test(read('hardware', 'verify') ?? '');
  const cafile = read('hardware', 'cafile');
  return {
    kind: 'redfish',
    origin: url.origin,
    system: read('hardware', 'system'),
    cafile: cafile === undefined ? undefined : absolute(node, 'cafile', cafile),
    verify,
    ...accountOf(cluster, node),
  };
}

function libvirtAccess(cluster: Cluster, node: string): Extract<Access, { kind: 'libvirt' }> {
  const read = reader(cluster, node);
  const domain = read('hardware', 'domain') ?? node;
  // virsh has no `--` before all of its words.
  if (domain.startsWith('-')) throw unusable(node, 'hardware.domain', domain);
  return { kind: 'libvirt', uri: read('hardware', 'libvirt') ?? 'qemu:///system', domain };
}

/** As stock: what ipmi does not say comes from the row `ipmi` of passwd. */
function accountOf(cluster: Cluster, node: string): Account {
  const read = reader(cluster, node);
  const own = read('ipmi', 'username');
  const usual = cluster.rows.passwd.find(
    ({ key, username }) => key === 'ipmi' && (own === undefined || username === own),
  );
  return {
    username: own ?? (usual?.username || undefined),
    password: read('ipmi', 'password') ?? usual?.password ?? undefined,
  };
}

function bmcOf(cluster: Cluster, node: string): string {
  const bmc = attributeOf(cluster, node, 'ipmi', 'bmc');
  if (bmc === undefined) throw missing(node, 'ipmi.bmc', 'NODE-bmc');
  return bmc;
}

function reader(cluster: Cluster, node: string) {
  return (table: NodeTableName, column: string) => attributeOf(cluster, node, table, column);
}

/** An IPv6 address needs brackets in a URL. */
function bracketed(host: string): string {
  return /^[\dA-Fa-f]*:[\dA-Fa-f:.]*:[\dA-Fa-f:.]*$/u.test(host) ? `[${host}]` : host;
}

function absolute(node: string, column: string, path: string): string {
  if (isAbsolute(path) && !path.includes('\0')) return path;
  throw unusable(node, `hardware.${column}`, path);
}

function missing(node: string, column: string, example: string): StateliteError {
  return new StateliteError('ERR_STATELITE_HARDWARE', `${node} has no ${column}`, {
    hint: `chtab node=${node} ${column}=${example.replace('NODE', node)}, or a row of its group`,
  });
}

function unusable(node: string, column: string, value: string): StateliteError {
  const shown = JSON.stringify(value.replace(/\/\/[^/@]*@/u, '//***@'));
  return new StateliteError(
    'ERR_STATELITE_HARDWARE',
    `${column} of ${node} cannot be used: ${shown}`,
    { hint: 'statelite-tables(5) says what it may be' },
  );
}

function unknown(
  read: ReturnType<typeof reader>,
  node: string,
  column: 'power' | 'cons',
): StateliteError {
  const own = read('nodehm', column);
  const method = own ?? read('nodehm', 'mgt');
  const problem =
    method === undefined
      ? `${node} has neither nodehm.${column} nor nodehm.mgt`
      : `nodehm.${own === undefined ? 'mgt' : column} of ${node} is ${method}, which is not known here`;
  return new StateliteError('ERR_STATELITE_HARDWARE', problem, {
    hint: `use one of ipmi, redfish, kvm, qemu: chtab node=${node} nodehm.mgt=ipmi`,
  });
}
