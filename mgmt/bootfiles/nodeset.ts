import { StateliteError } from '../../agent/errors.ts';
import { withCommands } from '../commands/with-commands.ts';
import { imageOf } from '../core/answer-for.ts';
import type { Cluster } from '../core/cluster.ts';
import type { Store } from '../db/store.ts';
import { type BootImage, bootImage } from './boot-image.ts';
import { checkImage } from './check-image.ts';
import { treeChecker } from './check-trees.ts';
import type { BootState } from './layout.ts';
import { withImages, writeTables } from './node-tables.ts';
import type { Resolve } from './node-values.ts';
import { publishPayload } from './payload.ts';
import {
  claimAddresses,
  type Failure,
  planImageBoot,
  planLocalBoot,
  type Purpose,
  type SettableNode,
  type Settled,
  settleNodes,
} from './plan.ts';
import { sharedAddresses } from './shared-addresses.ts';
import { unfitLoaders } from './unfit-loader.ts';
import { writePlanned } from './write-planned.ts';

/** What setting nodes needs besides the nodes. */
export interface NodesetDeps {
  readonly cluster: Cluster;
  readonly store: Pick<Store, 'transaction'>;
  readonly resolve: Resolve;
  readonly warn: (message: string) => void;
  /** Copy kernel and initramfs of the image; off by `--noupdateinitrd`. */
  readonly updatePayload: boolean;
}

export interface NodesetResult {
  /** Nodes with their new state in stock's words: `statelite debian12-x86_64-compute`. */
  readonly set: readonly { readonly node: string; readonly state: string }[];
  readonly failures: readonly Failure[];
}

/**
 * Lets nodes boot the osimage `named`; undefined: the one that nodetype names. With the purpose
 * `shell` they stop in its initramfs. Writes the boot files and tables of all nodes that can be set,
 * and changes nothing for the others.
 */
export async function setImage(
  nodes: readonly string[],
  named: string | undefined,
  deps: NodesetDeps,
  purpose: Purpose = 'run',
): Promise<NodesetResult> {
  const images = new Map<string, BootImage>();
  const imageNamed = (name: string) => {
    const image = images.get(name) ?? bootImage(name, deps.cluster);
    images.set(name, image);
    return image;
  };
  if (named !== undefined) imageNamed(named); // one error for the command, not one per node
  const chosen = await settleNodes(nodes, (node) =>
    imageNamed(named ?? imageOf(node, deps.cluster)),
  );
  const check = checkOnce(deps);
  const publish = publishOnce(deps);
  const claim = claimAddresses();
  const after = await withCommands(withImages(deps.cluster, chosen.done), chosen.done.keys());
  const checkTrees = treeChecker(after);
  const planned = await settleNodes(chosen.done.keys(), async (node) => {
    const image = chosen.done.get(node);
    if (image === undefined) throw new Error(`no image was chosen for ${node}`);
    await check(image);
    await checkTrees(node, image);
    const plan = await planImageBoot(node, image, after, deps.resolve, purpose);
    claim(plan);
    await publish(image);
    return plan;
  });
  const { set, failures } = await setPlanned(nodes, planned, chosen.done, deps);
  return { set, failures: [...chosen.failures, ...failures] };
}

/** Lets nodes boot from their disk, or takes their boot files away. */
export async function setLocal(
  nodes: readonly string[],
  state: 'boot' | 'offline',
  deps: NodesetDeps,
): Promise<NodesetResult> {
  const claim = claimAddresses();
  const planned = await settleNodes(nodes, async (node) => {
    const plan = await planLocalBoot(node, state, deps.cluster, deps.resolve);
    if (plan.files.length > 0) claim(plan);
    return plan;
  });
  return setPlanned(nodes, planned, new Map(), deps);
}

/** Looks at an image's table when the first of its nodes boots it; what is refused is everyone's failure. */
function checkOnce({ cluster, warn }: NodesetDeps) {
  const checked = new Map<string, Promise<void>>();
  return (image: BootImage): Promise<void> => {
    const checking = checked.get(image.name) ?? checkAndWarn(image);
    checked.set(image.name, checking);
    return checking;
  };

  async function checkAndWarn(image: BootImage): Promise<void> {
    const warning = await checkImage(image, cluster.rowsFor(image.name).litefile);
    if (warning !== undefined) warn(warning);
  }
}

/** Copies an image's kernel and initramfs when the first of its nodes needs them; a failure is everyone's. */
function publishOnce({ updatePayload, cluster }: NodesetDeps) {
  const published = new Map<string, Promise<unknown>>();
  return async (image: BootImage): Promise<void> => {
    if (!updatePayload) return;
    const copying = published.get(image.name) ?? publishPayload(image, cluster.site.tftpdir);
    published.set(image.name, copying);
    await copying;
  };
}

/** Writes what is planned: files first, so that tables never say what no file does. */
async function setPlanned(
  nodes: readonly string[],
  planned: Settled<SettableNode>,
  chosen: ReadonlyMap<string, BootImage>,
  deps: NodesetDeps,
): Promise<NodesetResult> {
  const { cluster, warn } = deps;
  const plans = [...planned.done.values()];
  for (const shared of sharedAddresses(plans, nodes, cluster)) warn(shared);
  const { written, failures } = await writePlanned(plans, cluster.site.tftpdir, warn);
  const set = written.map(({ node, state }) => ({ node, state: stateText(state) }));
  await writeTables(deps, set, chosen);
  for (const unfit of unfitLoaders(written)) warn(unfit);
  return { set, failures: [...planned.failures, ...failures] };
}

function stateText(state: BootState): string {
  return typeof state === 'string' ? state : state.state;
}

/** One error for a command of which some nodes failed; the others were set. */
export function failedNodes(failures: readonly Failure[], all: number): StateliteError {
  const names = failures.map(({ node }) => node);
  const shown = names.length > 10 ? [...names.slice(0, 10), '…'] : names;
  return new StateliteError(
    'ERR_STATELITE_BOOTFILE',
    `${names.length} of ${all} nodes were not set: ${shown.join(', ')}`,
    { hint: 'the others are; correct what is named above and run it again for these' },
  );
}
