import { isIP } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { bootMac } from './boot-mac.ts';
import { type BootImage, stateOf } from './boot-image.ts';
import { kernelArguments } from './kernel-arguments.ts';
import type { BootNode, BootState, Loader } from './layout.ts';
import { isReserved } from './layouts.ts';
import { loaderOf } from './node-files.ts';
import { bootServer, kernelValues, type Resolve } from './node-values.ts';
import { refuseImpossible } from './refuse-impossible.ts';

/** A node whose boot files can be written. */
export interface PlannedNode extends BootNode {
  readonly state: BootState;
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

/** What a node boots an image with. `cluster` has the node's nodetype as it will be. */
export async function planImageBoot(
  node: string,
  image: BootImage,
  cluster: Cluster,
  resolve: Resolve,
  purpose: Purpose = 'run',
): Promise<PlannedNode> {
  const boot = await bootNode(node, cluster, resolve);
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
  return { ...boot, state };
}

/** How a node is found by its loader. ERR_STATELITE_BOOTFILE without a MAC address. */
export async function bootNode(
  node: string,
  cluster: Cluster,
  resolve: Resolve,
): Promise<BootNode> {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(node)) {
    throw new StateliteError(
      'ERR_STATELITE_BOOTFILE',
      `the node name ${JSON.stringify(node)} cannot be the name of a boot file`,
      { hint: 'use letters, digits and ._-' },
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
  const mac = bootMac(attributeOf(cluster, node, 'mac', 'mac'), node);
  const written = attributeOf(cluster, node, 'hosts', 'ip') ?? '';
  const address = isIP(written) === 0 && asksByAddress(loader) ? await resolve(node) : written;
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
