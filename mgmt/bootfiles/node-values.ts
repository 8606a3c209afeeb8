import { isIP } from 'node:net';
import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import { parseLocation } from '../../agent/protocol/location.ts';
import { statemntOf } from '../core/answer-for.ts';
import { masterOf, serverOf, sourcedAttribute } from '../core/attributes.ts';
import type { Cluster, NodeTableName } from '../core/cluster.ts';
import type { BootImage } from './boot-image.ts';
import type { KernelValues } from './kernel-arguments.ts';
import type { BootNode } from './layout.ts';
import { packedRoot } from './packed-root.ts';
import { partitions } from './partition.ts';
import { loaderWords } from './render/loader-words.ts';
import { refuseValue, type Sourced } from './sourced.ts';

/**
 * The address of a host name, or the name itself if nobody knows it: of a server that nodes are told,
 * or of a node, which its loader also finds by MAC.
 */
export type Resolve = (host: string, of?: 'server' | 'node') => Promise<string>;

/**
 * What the tables say for the kernel command line of a node. Servers become addresses: an
 * initramfs need not have a resolver. ERR_STATELITE_BOOTFILE or _VARIABLE names row and column.
 */
export async function kernelValues(
  { node, loader, mac }: Pick<BootNode, 'node' | 'loader' | 'mac'>,
  image: BootImage,
  cluster: Cluster,
  resolve: Resolve,
): Promise<KernelValues> {
  const { site } = cluster;
  const column = (table: NodeTableName, name: string) => sourced(cluster, node, table, name);
  const address = async (value: Sourced) => ({ ...value, text: await addressOf(value, resolve) });
  return {
    node,
    os: image.os,
    arch: image.arch,
    imageServer: await address(imageServer(node, cluster)),
    imageDirectory: imageDirectory(node, image, cluster),
    nfsrootopts: image.nfsrootopts,
    packed: image.rootfstype === 'ramdisk' ? await packedRoot(image, site.installdir) : undefined,
    statemnt: await statemnt(node, cluster, resolve),
    mntopts: column('statelite', 'mntopts'),
    master: await address(master(node, cluster)),
    ports: {
      xcatd: site.port('xcatdport'),
      xcati: site.port('xcatiport'),
      http: site.port('httpport'),
    },
    nodestatus: site.get('nodestatus') ?? '',
    debugmode: site.get('xcatdebugmode') ?? '',
    installnic: column('noderes', 'installnic'),
    primarynic: column('noderes', 'primarynic'),
    nodebootif: image.nodebootif,
    bootif: saysNoBootif(loader) || image.arch.startsWith('ppc') ? mac : undefined,
    serialport: column('nodehm', 'serialport'),
    serialspeed: column('nodehm', 'serialspeed'),
    serialflow: column('nodehm', 'serialflow'),
    partitions: await partitions(image.partitionfile),
    dump: image.dump,
    crashkernelsize: image.crashkernelsize,
    added: [column('bootparams', 'addkcmdline'), image.addkcmdline],
    loaderWords: loaderWords(loader, image.name),
  };
}

/**
 * The address of the server that loaders fetch kernel and initramfs from: noderes.tftpserver, else
 * xcatmaster (reference 5.5).
 */
export async function bootServer(
  node: string,
  cluster: Cluster,
  resolve: Resolve,
): Promise<string> {
  const tftp = serverOf(cluster, node, 'noderes', 'tftpserver');
  if (tftp === undefined) return addressOf(master(node, cluster), resolve);
  return addressOf({ ...sourced(cluster, node, 'noderes', 'tftpserver'), text: tftp }, resolve);
}

/**
 * The address of a server, or its name if nobody knows that. What could be neither would mean
 * something to a boot loader: ERR_STATELITE_BOOTFILE.
 */
async function addressOf(value: Sourced, resolve: Resolve): Promise<string> {
  const host = value.text.replace(/^\[(.*)\]$/su, '$1');
  // A link-local address with its zone is no address of the node's link.
  if (host.includes('%') || (isIP(host) === 0 && !/^\w[\w.-]*$/u.test(host))) {
    refuseValue(
      value,
      `${JSON.stringify(value.text)} is neither an address nor a host name`,
      'write the address that nodes reach the server at',
    );
  }
  return resolve(host);
}

/** Other loaders add the address of the NIC they booted from. */
function saysNoBootif(loader: BootNode['loader']): boolean {
  return loader === 'yaboot' || loader === 'petitboot';
}

/** A node's value, with the row it is from: its own or a group's. */
function sourced(cluster: Cluster, node: string, table: NodeTableName, column: string): Sourced {
  const found = sourcedAttribute(cluster, node, table, column);
  return {
    text: found?.value ?? '',
    from: `${table} row node=${found?.from ?? node}: ${column}`,
  };
}

function master(node: string, cluster: Cluster): Sourced {
  const text = masterOf(cluster, node);
  if (text !== undefined) return { text, from: `xcatmaster of ${node}` };
  throw new StateliteError('ERR_STATELITE_BOOTFILE', `no management node is named for ${node}`, {
    hint: 'chtab key=master site.value=<the address that nodes reach this machine at>',
  });
}

/** noderes.nfsserver, else tftpserver, else xcatmaster (reference 5.2). */
function imageServer(node: string, cluster: Cluster): Sourced {
  const own = sourced(cluster, node, 'noderes', 'nfsserver');
  if (own.text !== '' && own.text !== '<xcatmaster>') return own;
  const tftp = serverOf(cluster, node, 'noderes', 'tftpserver');
  if (tftp === undefined) return master(node, cluster);
  return { text: tftp, from: sourced(cluster, node, 'noderes', 'tftpserver').from };
}

/** noderes.nfsdir: as it is after `//`, else the directory of images; blank is rootimgdir. */
function imageDirectory(node: string, image: BootImage, cluster: Cluster): Sourced {
  const value = sourced(cluster, node, 'noderes', 'nfsdir');
  if (value.text.startsWith('//')) return { ...value, text: value.text.slice(1) };
  const { os, arch, profile, name, rootimgdir } = image;
  if (value.text === '') {
    return { text: rootimgdir, from: `linuximage row imagename=${name}: rootimgdir` };
  }
  return { ...value, text: join(value.text, 'netboot', os, arch, profile) };
}

/** statelite.statemnt with the node's values in it; blank stays blank (semantics 5.1). */
async function statemnt(node: string, cluster: Cluster, resolve: Resolve): Promise<Sourced> {
  const value = sourced(cluster, node, 'statelite', 'statemnt');
  const text = statemntOf(node, cluster)?.location ?? '';
  if (text === '') return value;
  const { server, directory } = parseLocation(text);
  if (server === undefined) {
    refuseValue(
      value,
      `is ${JSON.stringify(text)} for ${node}, which names no server`,
      'write server:/directory, e.g. 10.0.0.1:/nodedata; each node adds its own name',
    );
  }
  const address = await addressOf({ ...value, text: server }, resolve);
  return { ...value, text: `${isIP(address) === 6 ? `[${address}]` : address}:${directory}` };
}
