import { join } from 'node:path';
import { decideOn, type PlaceOf, type Stores } from '../../agent/decide.ts';
import { StateliteError } from '../../agent/errors.ts';
import { chase } from '../../agent/files/chase.ts';
import { type ImageRecord, readImage } from '../../agent/files/image-record.ts';
import { surveyed } from '../../agent/files/survey.ts';
import type { Situation } from '../../agent/plan/situation.ts';
import type { BootAnswer } from '../../agent/protocol/answer.ts';
import { formatLocation } from '../../agent/protocol/location.ts';
import { layout, mountPointOf } from '../../agent/rules/layout.ts';
import { orderTrees, type Tree } from '../../agent/rules/litetree.ts';
import { refuseListedTrees } from '../../agent/rules/local-trees.ts';
import { bootImage } from '../bootfiles/boot-image.ts';
import { answerFor } from '../core/answer-for.ts';
import type { Cluster } from '../core/cluster.ts';
import { exists } from '../image/genimage/exists.ts';
import type { Host, Seen } from './host.ts';
import { hasLocalDisk } from './local-disk.ts';
import { previewStore } from './persistent.ts';
import type { Unseen } from './unseen.ts';

/** A node's next boot, as far as it can be foreseen from the tables and from what this host sees. */
export interface Preview {
  readonly answer: BootAnswer;
  readonly image: ImageRecord;
  readonly stores: Stores;
  readonly placeOf: PlaceOf;
  /** `server:/directory` of the node's persistent store. */
  readonly persistent: string | undefined;
  readonly unseen: readonly Unseen[];
}

/** Foresees nodes one after the other; an image is read for the first of its nodes. */
export function previewer(cluster: Cluster, host: Host): (node: string) => Promise<Preview> {
  const images = new Map<string, Promise<ReadImage>>();
  return async (node) => {
    const answer = answerFor(node, cluster);
    const reading = images.get(answer.image) ?? readRoot(answer, cluster);
    images.set(answer.image, reading);
    return previewNode(answer, await reading, cluster, host);
  };
}

interface ReadImage {
  readonly root: string;
  readonly image: ImageRecord;
}

async function readRoot({ image, litefile }: BootAnswer, cluster: Cluster): Promise<ReadImage> {
  const root = await rootImage(image, cluster);
  return { root, image: await readImage(root, litefile) };
}

/**
 * Gathers what a node's boot will be decided from. Throws what the boot would end in: a refused
 * table, a variable without value, a required tree that is not there.
 */
async function previewNode(
  answer: BootAnswer,
  { root, image }: ReadImage,
  cluster: Cluster,
  host: Host,
): Promise<Preview> {
  const { node } = answer;
  const trees = orderTrees(answer.litetree);
  await surveyed((look) => refuseListedTrees(trees, image.entries, look(root)));

  const seen = await Promise.all(
    trees.map(async (tree) => ({ tree, ...(await seeTree(tree, root, host)) })),
  );
  const lost = seen.find((one) => 'missing' in one && !one.tree.optional);
  if (lost !== undefined && 'missing' in lost) refuseMissing(node, lost.tree, lost.missing);
  const present = seen.filter((one) => !('missing' in one));
  const store = await previewStore(node, cluster, host);
  const localdisk = hasLocalDisk(node, answer.image, cluster);
  const places = new Map([
    ['/', root],
    ...present.flatMap((one) =>
      'directory' in one ? [[mountPointOf(one.tree), one.directory] as const] : [],
    ),
    ...(store.directory === undefined ? [] : [[layout.persistent, store.directory] as const]),
  ]);
  return {
    answer,
    image,
    stores: {
      trees: present.map(({ tree }) => ({ tree, root: mountPointOf(tree) })),
      missingTrees: seen.filter((one) => 'missing' in one).map(({ tree }) => tree),
      persistent: store.state,
      localdisk: localdisk ? 'mounted' : 'none',
    },
    placeOf: (path) => places.get(path),
    persistent: store.location,
    unseen: [
      ...present.flatMap((one) => ('unseen' in one ? [unseenTree(one.tree, one.unseen)] : [])),
      ...(store.unseen === undefined ? [] : [store.unseen]),
      ...(localdisk ? [unseenDisk] : []),
    ],
  };
}

/** Runs a pure decision on a previewed situation. */
export async function decidePreview<Result>(
  { placeOf, image, stores }: Preview,
  decide: (situation: Situation) => Result,
): Promise<Result> {
  return decideOn(placeOf, image, stores, decide);
}

/** The root image's directory on this host. ERR_STATELITE_IMAGE if there is none. */
export async function rootImage(image: string, cluster: Cluster): Promise<string> {
  const root = join(bootImage(image, cluster).rootimgdir, 'rootimg');
  if (await exists(root)) return root;
  throw new StateliteError('ERR_STATELITE_IMAGE', `there is no root image ${root}`, {
    hint: `build it first: genimage ${image}`,
  });
}

/** Where a tree can be looked at; one without a server is a directory of the image. */
export async function seeTree(
  { server, directory }: Tree,
  root: string,
  host: Host,
): Promise<Seen> {
  if (server !== undefined) return host.see({ server, directory });
  const place = await chase(root, directory);
  if (await exists(place)) return { directory: place };
  return { missing: `the image has no directory ${directory}` };
}

const unseenDisk = { what: 'the local disk', why: 'it is in the node', server: undefined };

function unseenTree(tree: Tree, why: string): Unseen {
  return { what: `the tree ${formatLocation(tree)}`, why, server: tree.server };
}

function refuseMissing(node: string, tree: Tree, why: string): never {
  throw new StateliteError(
    'ERR_STATELITE_LITETREE',
    `${node} cannot mount ${formatLocation(tree)}: ${why}`,
    {
      hint: 'make the directory, or write nofail into litetree.mntopts of a tree that may be missing',
    },
  );
}
