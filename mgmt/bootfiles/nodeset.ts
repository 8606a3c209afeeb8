import { StateliteError } from '../../agent/errors.ts';
import { withCommands } from '../commands/with-commands.ts';
import { imageOf } from '../core/answer-for.ts';
import { type Cluster, indexCluster } from '../core/cluster.ts';
import type { Store } from '../db/store.ts';
import { tables } from '../db/tables.ts';
import { type BootImage, bootImage } from './boot-image.ts';
import { checkImage } from './check-image.ts';
import { treeChecker } from './check-trees.ts';
import type { BootState } from './layout.ts';
import { linksTo } from './link-files.ts';
import { publishLoaders, usedLoaders } from './loaders.ts';
import { bootFiles, ownPaths } from './node-files.ts';
import type { Resolve } from './node-values.ts';
import { publishPayload } from './payload.ts';
import {
  bootNode,
  claimAddresses,
  type Failure,
  planImageBoot,
  type PlannedNode,
  type Purpose,
  settleNodes,
} from './plan.ts';
import { unfitLoaders } from './unfit-loader.ts';
import { removeBootFiles, writeBootFiles } from './write.ts';

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
 * `shell` they stop in its initramfs. Writes nodetype and the boot files of all nodes that can be
 * set, and changes nothing for the others.
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
  await writeNodetype(deps, planned.done, chosen.done);
  const set = await writePlanned(planned.done, deps);
  await writeState(deps, set);
  return { set, failures: [...chosen.failures, ...planned.failures] };
}

/** Lets nodes boot from their disk, or takes their boot files away. */
export async function setLocal(
  nodes: readonly string[],
  state: 'boot' | 'offline',
  deps: NodesetDeps,
): Promise<NodesetResult> {
  const claim = claimAddresses();
  const planned = await settleNodes(nodes, async (node) => {
    const boot = await bootNode(node, deps.cluster, deps.resolve);
    claim(boot);
    return { ...boot, state };
  });
  const set = await writePlanned(planned.done, deps);
  await writeState(deps, set);
  return { set, failures: planned.failures };
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

/** The cluster as it will be: variables of other tables may ask for a node's os, arch or profile. */
function withImages(cluster: Cluster, chosen: ReadonlyMap<string, BootImage>): Cluster {
  const { installdir, tftpdir } = cluster.site;
  const now = new Map(cluster.rows.nodetype.map((row) => [row.node, row]));
  const blank = { supportedarchs: null, nodetype: null, comments: null, disable: null };
  for (const [node, image] of chosen) {
    now.set(node, { ...blank, ...now.get(node), ...nodetypeRow(node, image) });
  }
  const rows = { ...cluster.rows, nodetype: [...now.values()] };
  return indexCluster(rows, { installdir, tftpdir });
}

function nodetypeRow(node: string, { name, os, arch, profile }: BootImage) {
  return { node, os, arch, profile, provmethod: name };
}

async function writeNodetype(
  { cluster, store }: NodesetDeps,
  planned: ReadonlyMap<string, PlannedNode>,
  chosen: ReadonlyMap<string, BootImage>,
): Promise<void> {
  const rows = [...chosen]
    .filter(([node]) => planned.has(node))
    .map(([node, image]) => nodetypeRow(node, image))
    .filter((row) => {
      const now = cluster.rowOf('nodetype', row.node);
      return Object.entries(row).some(([column, value]) => now?.[column] !== value);
    });
  if (rows.length === 0) return;
  await store.transaction(async (tx) => tx.upsertAll(tables.nodetype, rows));
}

/** What `lsdef` shows as currstate; the boot file itself says what a node does. */
async function writeState(
  { cluster, store }: NodesetDeps,
  set: NodesetResult['set'],
): Promise<void> {
  const rows = set
    .filter(({ node, state }) => cluster.rowOf('chain', node)?.['currstate'] !== state)
    .map(({ node, state }) => ({ node, currstate: state }));
  if (rows.length > 0) await store.transaction(async (tx) => tx.upsertAll(tables.chain, rows));
}

/** Writes what is planned, then takes away files of another loader or of an address that changed. */
async function writePlanned(
  planned: ReadonlyMap<string, PlannedNode>,
  { cluster, warn }: NodesetDeps,
): Promise<NodesetResult['set']> {
  const { tftpdir } = cluster.site;
  const nodes = [...planned.values()];
  const files = nodes.flatMap((node) => bootFiles(node, node.state));
  const names = nodes.map(({ node }) => node);
  const links = await linksTo(tftpdir, names); // before their files are others
  await writeBootFiles(tftpdir, files);
  const wanted = new Set(files.map(({ path }) => path));
  const stale = [...names.flatMap(ownPaths), ...links].filter((path) => !wanted.has(path));
  await removeBootFiles(tftpdir, stale);
  for (const missing of await publishLoaders(usedLoaders(nodes), tftpdir)) warn(missing);
  for (const unfit of unfitLoaders(nodes)) warn(unfit);
  return nodes.map(({ node, state }) => ({ node, state: stateText(state) }));
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
