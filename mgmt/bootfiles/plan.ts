import { isIP } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { bootMac, macIn } from './boot-mac.ts';
import { type BootImage, stateOf } from './boot-image.ts';
import { kernelArguments } from './kernel-arguments.ts';
import type { BootFile, BootNode, BootState, Loader } from './layout.ts';
import { isReserved } from './layouts.ts';
import { bootFiles, loaderOf } from './node-files.ts';
import { bootServer, kernelValues, type Resolve } from './node-values.ts';
import { refuseImpossible } from './refuse-impossible.ts';

/** A node whose boot files can be written, or taken away. */
export interface SettableNode extends BootNode {
  readonly state: BootState;
  readonly files: readonly BootFile[];
}

/** One that boots an image. */
export interface PlannedNode extends SettableNode {
  readonly mac: string;
}

/** A node that cannot be set, and why; the others are. */
export interface Failure {
  readonly node: string;
  readonly error: StateliteError;
}

/** What came of each node's own work. */
export interface Settled<T> {
  readonly done: ReadonlyMap<string, T>;
  readonly failures: readonly Failure[];
}

/** Works on each node by itself: what one cannot do does not keep the others from it. */
export async function settleNodes<T>(
  nodes: Iterable<string>,
  work: (node: string) => T | Promise<T>,
): Promise<Settled<T>> {
  const done = new Map<string, T>();
  const failures: Failure[] = [];
  for (const node of nodes) {
    try {
      done.set(node, await work(node));
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      failures.push({ node, error });
    }
  }
  return { done, failures };
}

/** What a node does with its image: runs it, or stops in the initramfs for an administrator. */
export type Purpose = 'run' | 'shell';

/**
 * What a node boots an image with, to the text of its boot files. `cluster` has the node's nodetype
 * as it will be.
 */
export async function planImageBoot(
  node: string,
  image: BootImage,
  cluster: Cluster,
  resolve: Resolve,
  purpose: Purpose = 'run',
): Promise<PlannedNode> {
  const boot = await bootNode(node, cluster, resolve, bootMac);
  const values = await kernelValues(boot, image, cluster, resolve);
  const words = [...kernelArguments(values), ...(purpose === 'shell' ? ['shell'] : [])];
  refuseImpossible(node, image.demands, words);
  const state = {
    state: purpose === 'shell' ? 'shell' : stateOf(image),
    image: image.name,
    arch: image.arch,
    kernelArguments: words,
    server: await bootServer(node, cluster, resolve),
    httpPort: values.ports.http,
  };
  return { ...boot, state, files: bootFiles(boot, state) };
}

/** What a node has without an image. One that is to be `offline` may have lost its MAC address. */
export async function planLocalBoot(
  node: string,
  state: 'boot' | 'offline',
  cluster: Cluster,
  resolve: Resolve,
): Promise<SettableNode> {
  const boot = await bootNode(node, cluster, resolve, state === 'offline' ? macIn : bootMac);
  return { ...boot, state, files: bootFiles(boot, state) };
}

/** How a node is found by its loader. ERR_STATELITE_BOOTFILE if it cannot be. */
async function bootNode<M extends string | undefined>(
  node: string,
  cluster: Cluster,
  resolve: Resolve,
  macOf: (column: string | undefined, node: string) => M,
): Promise<BootNode & { readonly mac: M }> {
  // Files are made beside their places, where names are longer.
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/.test(node)) {
    throw new StateliteError(
      'ERR_STATELITE_BOOTFILE',
      `the node name ${JSON.stringify(node)} cannot be the name of a boot file`,
      { hint: 'use letters, digits and ._-, at most 200' },
    );
  }
  const loader = loaderOf(attributeOf(cluster, node, 'noderes', 'netboot'), node);
  if (isReserved(node, loader)) {
    throw new StateliteError(
      'ERR_STATELITE_BOOTFILE',
      `${loader} asks for another file by the name of the node ${node}`,
      { hint: 'give the node another name, or another noderes.netboot' },
    );
  }
  const mac = macOf(attributeOf(cluster, node, 'mac', 'mac'), node);
  const written = attributeOf(cluster, node, 'hosts', 'ip') ?? '';
  const isAsked = isIP(written) === 0 && asksByAddress(loader);
  const address = isAsked ? await resolve(node, 'node') : written;
  return { node, loader, mac, address: isIP(address) === 0 ? undefined : address };
}

/** iPXE is the only one that is told the node's name by DHCP. */
function asksByAddress(loader: Loader): boolean {
  return loader !== 'xnba';
}

/** Refuses the second node of one address: two would overwrite each other's boot files. */
export function claimAddresses(): (boot: BootNode) => void {
  const taken = new Map<string, string>();
  return ({ node, mac, address }) => {
    const claimed = [mac, address].filter((one) => one !== undefined);
    for (const one of claimed) {
      const owner = taken.get(one);
      if (owner === undefined) continue;
      throw new StateliteError(
        'ERR_STATELITE_BOOTFILE',
        `${one} of ${node} is an address of ${owner} too`,
        { hint: `correct the mac or hosts row of ${node} or ${owner}` },
      );
    }
    for (const one of claimed) taken.set(one, node);
  };
}
