import { isIP } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';
import { imageOf } from '../core/answer-for.ts';
import { attributeOf, masterOf, serverOf } from '../core/attributes.ts';
import type { Cluster, NodeTableName } from '../core/cluster.ts';
import { splitList } from '../core/list.ts';
import { networkOf, networkVariables } from './network-variables.ts';

export type Variable = readonly [name: string, value: string];

/** The shell, the linker and the scripts of everybody read these: no row may set them. */
const reserved =
  /^(?:PATH|IFS|ENV|HOME|SHELL|PWD|OLDPWD|CDPATH|TMPDIR|TMOUT|OPT(?:IND|ARG)|LINENO|FUNCNAME|GROUPS|DIRSTACK|PS[1-4]|BASH.*|LD_.*|LC_.*|LANG|PERL.*|PYTHON.*|CURL_.*|OPENSSL_.*|SSL.*|UID|EUID|PPID|SHELLOPTS|POSIXLY_CORRECT|STATELITE_.*)$/u;

/** Settings of the cluster that are nobody's business on a node. */
const secret = /passw|secret|token|credential/iu;

/**
 * The environment of a node's scripts (reference 8.1): the site table, the networks, the node and its
 * image. Names are those of a shell; of one twice, the last counts. Throws ERR_STATELITE_TABLE if
 * nobody is the node's master, which clients look for.
 */
export function environmentOf(node: string, cluster: Cluster): Variable[] {
  const all = [
    ...siteVariables(cluster),
    ...networkVariables(cluster),
    ...nodeVariables(node, cluster),
    ...routeVariables(node, cluster),
    ...imageVariables(node, cluster),
  ];
  return [...new Map(all)];
}

/** Each key in capitals; site.master is SITEMASTER, because MASTER is the node's own. */
function siteVariables({ rows, site }: Cluster): Variable[] {
  const keys = new Set([
    'installdir',
    'tftpdir',
    'xcatdport',
    'xcatiport',
    'httpport',
    ...rows.site.map(({ key }) => key),
  ]);
  return [...keys].flatMap((key): Variable[] => {
    const name = key === 'master' ? 'SITEMASTER' : key.toUpperCase();
    const value = site.get(key);
    return value === undefined || secret.test(key) || !isFree(name) ? [] : [[name, value]];
  });
}

/** Names of small letters alone are those of the program that runs the scripts. */
function isFree(name: string): boolean {
  return /^[A-Z_]\w*$/iu.test(name) && !/^[a-z]+$/u.test(name) && !reserved.test(name);
}

function nodeVariables(node: string, cluster: Cluster): Variable[] {
  const of = (table: NodeTableName, column: string) =>
    attributeOf(cluster, node, table, column) ?? '';
  const master = masterOf(cluster, node);
  if (master === undefined) {
    throw new StateliteError('ERR_STATELITE_TABLE', `nobody is the master of ${node}`, {
      hint: 'chtab key=master site.value=<the address that nodes reach this machine at>',
    });
  }
  const address = of('hosts', 'ip');
  const network = networkOf(address, cluster);
  const mac = of('mac', 'mac');
  const groups = cluster.groupsOf(node);
  return [
    ['NODE', node],
    ['IPADDR', address],
    ['GROUP', groups.join(',')],
    ['NFSSERVER', serverOf(cluster, node, 'noderes', 'nfsserver') ?? master],
    ['INSTALLNIC', of('noderes', 'installnic')],
    ['PRIMARYNIC', of('noderes', 'primarynic')],
    ['ROUTENAMES', of('noderes', 'routenames') || (cluster.site.get('routenames') ?? '')],
    ['NAMESERVERS', of('noderes', 'nameservers') || (cluster.site.get('nameservers') ?? '')],
    ['MASTER', master],
    ['MASTER_IP', isIP(master) === 0 ? addressNamed(master, cluster) : master],
    ['MONSERVER', serverOf(cluster, node, 'noderes', 'monserver') ?? master],
    ['SERVICEGROUP', of('noderes', 'servicenode')],
    ['SYSLOG', of('noderes', 'syslog')],
    ['NODESETSTATE', 'statelite'],
    ['UPDATENODE', '0'],
    ['NTYPE', isService(node, cluster) ? 'service' : 'compute'],
    ['MACMAC', mac],
    ['MACADDRESS', mac.split(/[|!]/u, 1).join('')],
    ['ENABLESSHBETWEENNODES', isSshBetween(groups, cluster) ? 'YES' : 'NO'],
    ['ZONENAME', of('nodelist', 'zonename')],
    ['CFGMGR', ''],
    ['NETMASK', network?.mask ?? ''],
    ['GATEWAY', gatewayOf(network?.gateway ?? '', master)],
  ];
}

/** `ROUTE_<name>=net,mask,gateway,interface` for each route of the node that the table has. */
function routeVariables(node: string, cluster: Cluster): Variable[] {
  const names = attributeOf(cluster, node, 'noderes', 'routenames') ?? '';
  const routes = splitList(names).flatMap((name): Variable[] => {
    const route = cluster.rows.routes.find(({ routename }) => routename === name);
    const isUsable = isFree(`ROUTE_${name}`) && route?.net != null && route.mask != null;
    if (!isUsable) return [];
    const { net, mask, gateway, ifname } = route;
    return [[`ROUTE_${name}`, [net, mask, gateway ?? '', ifname ?? ''].join()]];
  });
  return names === '' ? [] : [['NODEROUTENAMES', names], ...routes];
}

/** A master that the tables know by name has an address there. */
function addressNamed(name: string, cluster: Cluster): string {
  return cluster.nodes.has(name) ? (attributeOf(cluster, name, 'hosts', 'ip') ?? '') : '';
}

function gatewayOf(gateway: string, master: string): string {
  return gateway === '<xcatmaster>' ? master : gateway;
}

function isService(node: string, cluster: Cluster): boolean {
  return (
    cluster.groupsOf(node).includes('service') || cluster.rowOf('servicenode', node) !== undefined
  );
}

/** site.sshbetweennodes: groups whose nodes may log in to one another, all of them unless it says. */
function isSshBetween(groups: readonly string[], { site }: Cluster): boolean {
  const words = splitList(site.get('sshbetweennodes') ?? 'ALLGROUPS');
  if (words.includes('NOGROUPS')) return false;
  return words.includes('ALLGROUPS') || words.some((word) => groups.includes(word));
}

function imageVariables(node: string, cluster: Cluster): Variable[] {
  const name = imageOf(node, cluster);
  const image = cluster.rows.osimage.find(({ imagename }) => imagename === name);
  const linux = cluster.rows.linuximage.find(({ imagename }) => imagename === name);
  const of = (column: 'os' | 'arch' | 'profile') =>
    attributeOf(cluster, node, 'nodetype', column) ?? '';
  const given = splitList(image?.environvar ?? null).flatMap((text): Variable[] => {
    const [key = '', ...value] = text.split('=');
    return value.length > 0 && isFree(key) ? [[key, value.join('=')]] : [];
  });
  return [
    ['OSVER', image?.osvers ?? of('os')],
    ['ARCH', image?.osarch ?? of('arch')],
    ['PROFILE', image?.profile ?? of('profile')],
    ['PROVMETHOD', name],
    ['OSPKGDIR', linux?.pkgdir ?? ''],
    ['OTHERPKGDIR', linux?.otherpkgdir ?? ''],
    ...given,
  ];
}
