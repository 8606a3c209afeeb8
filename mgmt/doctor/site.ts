import { StateliteError } from '../../agent/errors.ts';
import type { LitetreeRow } from '../../agent/protocol/answer.ts';
import { type Cmdline, parseCmdline } from '../../agent/protocol/cmdline.ts';
import { type BootImage, bootImage } from '../bootfiles/boot-image.ts';
import type { Resolve } from '../bootfiles/node-values.ts';
import {
  claimAddresses,
  type Failure,
  planImageBoot,
  type PlannedNode,
} from '../bootfiles/plan.ts';
import { answerFor, imageOf } from '../core/answer-for.ts';
import type { Cluster } from '../core/cluster.ts';
import { isOwn, type Machine } from './machine.ts';

/** A node, and what it will boot with once nodeset has written it. */
export interface Boot {
  readonly node: string;
  readonly image: BootImage;
  readonly plan: PlannedNode;
  readonly cmdline: Cmdline;
  readonly trees: readonly LitetreeRow[];
}

/** The machine and what its tables say. */
export interface Site extends Machine {
  readonly cluster: Cluster;
  readonly nodes: readonly string[];
  /** Whether the operator named the nodes. */
  readonly isNamed: boolean;
  readonly boots: readonly Boot[];
  /** Nodes that nodeset would refuse. */
  readonly failures: readonly Failure[];
  /** Nodes that the tables give no image: not every node is diskless. */
  readonly withoutImage: readonly string[];
}

/** Works out what nodes boot with. `cluster` has the output of the commands that they need. */
export async function readBoots(
  cluster: Cluster,
  nodes: readonly string[],
  resolve: Resolve,
): Promise<Pick<Site, 'boots' | 'failures' | 'withoutImage'>> {
  const boots: Boot[] = [];
  const failures: Failure[] = [];
  const withoutImage: string[] = [];
  const images = new Map<string, BootImage>();
  const claim = claimAddresses();
  for (const node of nodes) {
    try {
      const name = imageOf(node, cluster);
      const image = images.get(name) ?? bootImage(name, cluster);
      images.set(name, image);
      const plan = await planImageBoot(node, image, cluster, resolve);
      claim(plan);
      boots.push({ node, image, plan, cmdline: cmdlineOf(plan), trees: treesOf(node, cluster) });
    } catch (error) {
      if (!(error instanceof StateliteError)) throw error;
      if (error.message === `${node} has no image`) withoutImage.push(node);
      else failures.push({ node, error });
    }
  }
  return { boots, failures, withoutImage };
}

/** The addresses of this machine that nodes ask; loopback if there are none. */
export function askedAddresses({ boots, cluster }: Pick<Site, 'boots' | 'cluster'>): string[] {
  const hosts = new Set(boots.map(({ cmdline }) => cmdline.xcat.host));
  const own = [...hosts, ...(hosts.size === 0 ? [cluster.site.get('master') ?? ''] : [])].filter(
    isOwn,
  );
  return own.length === 0 ? ['127.0.0.1'] : own;
}

function cmdlineOf({ state }: PlannedNode): Cmdline {
  if (typeof state === 'string') throw new Error('a node that boots no image has no command line');
  return parseCmdline(state.kernelArguments.join(' '));
}

function treesOf(node: string, cluster: Cluster): readonly LitetreeRow[] {
  return answerFor(node, cluster).litetree;
}
