import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { StateliteError } from '../../agent/errors.ts';
import { chase } from '../../agent/files/chase.ts';
import { readImage } from '../../agent/files/image-record.ts';
import { mergeDirectories } from '../../agent/files/merge.ts';
import { offerResolvConf } from '../../agent/files/resolv-conf.ts';
import { linkEntries } from '../../agent/link.ts';
import { linuxSystem } from '../../agent/linux.ts';
import { renderResolvConf } from '../../agent/machine/lease.ts';
import { mountVolatile } from '../../agent/machine/stores.ts';
import type { Native } from '../../agent/native/load.ts';
import { formatLocation } from '../../agent/protocol/location.ts';
import { layout } from '../../agent/rules/layout.ts';
import type { System } from '../../agent/system.ts';
import { buildTree } from './build-tree.ts';
import type { CaseInput } from './case.ts';
import { describeTree } from './describe.ts';
import type { SeenPath, SeenTree } from './entry.ts';
import { exportsOf, placeOfExport } from './exports.ts';
import { mountStores } from './mount-stores.ts';
import { performWrite, type Written } from './node-write.ts';
import { lookAtNode, type NodeView } from './node-view.ts';
import { places } from './places.ts';
import { type Failure, failureOf } from './run-image.ts';
import { answerOfCase } from './tables.ts';

/** One boot, as the node and the servers look afterwards. */
export interface BootRun {
  readonly failure: Failure | null;
  readonly steps: readonly string[];
  readonly notices: readonly string[];
  readonly paths: Readonly<Record<string, SeenPath>>;
  readonly tmpfs: SeenTree;
  /** null: not there. */
  readonly persistent: SeenTree | null;
  readonly localdisk: SeenTree | null;
  readonly view: SeenTree;
  readonly mounts: ReturnType<NodeView['mounts']>;
  /** null: the node wrote nothing. */
  readonly writes: readonly Written[] | null;
}

/** Boots the node of a case, time after time, on the same image and stores. `/` is a sandbox. */
export async function runBoots(input: CaseInput, native: Native): Promise<BootRun[]> {
  const system = linuxSystem(native);
  await buildTree('/', initramfsOf(input), native);
  for (const [index, tree] of Object.values(input.trees).entries()) {
    await buildTree(placeOfExport(index), tree, native);
  }
  for (const store of ['persistent', 'localdisk'] as const) {
    if (input[store] !== null) await buildTree(places[store], input[store], native);
  }
  mkdirSync(places.newRoot);
  const runs: BootRun[] = [];
  let now = input;
  for (let index = 0; index < input.boots; index++) {
    now = await change(now, input.beforeBoot[index] ?? {}, native);
    await mountRoot(now, native, system);
    try {
      runs.push(await bootOnce(now, index, { native, system }));
    } finally {
      await system.unmount(places.newRoot, 'lazy');
    }
  }
  return runs;
}

/** The lease's name server is the one that the recorded initramfs has. */
const nameserver = '10.0.0.1';

/** An initramfs has files of its own; none of them may get into the node. */
function initramfsOf({ initramfs }: CaseInput): CaseInput['initramfs'] {
  const owned = { type: 'file', uid: 0, gid: 0, target: '', to: '', rdev: [0, 0] } as const;
  return {
    '/etc/hosts': { ...owned, content: '127.0.0.1 localhost mn\n10.0.0.2 n1\n' },
    '/etc/resolv.conf': { ...owned, content: `nameserver ${nameserver}\n` },
    ...initramfs,
  };
}

/** Gives the case as it is from now on: a store that came is mounted, one that went is not. */
async function change(
  input: CaseInput,
  changes: CaseInput['beforeBoot'][string],
  native: Native,
): Promise<CaseInput> {
  let now = input;
  for (const [name, tree] of Object.entries(changes)) {
    const index = exportsOf(input).indexOf(name);
    const place = index === -1 ? storeNamed(name) : placeOfExport(index);
    if (tree !== null) await buildTree(place, tree, native);
    else if (index !== -1) rmSync(place, { recursive: true, force: true });
    if (name === 'persistent' || name === 'localdisk') now = { ...now, [name]: tree };
  }
  return now;
}

function storeNamed(name: string): string {
  const place = (
    [
      ['persistent', places.persistent],
      ['localdisk', places.localdisk],
      ['image', places.image],
    ] as const
  ).find(([known]) => known === name)?.[1];
  if (place !== undefined) return place;
  throw new StateliteError(
    'ERR_STATELITE_USAGE',
    `before_boot names ${name}, which the case has not`,
  );
}

/** An NFS root is read-only; a RAM disk is a fresh copy of the image. */
async function mountRoot({ root }: CaseInput, native: Native, system: System): Promise<void> {
  if (root === 'ro') return system.bind(places.image, places.newRoot, true);
  rmSync(places.ramImage, { recursive: true, force: true });
  await mergeDirectories(native, {
    from: [places.image],
    to: places.ramImage,
    path: '/',
    leaveOut: [],
    bare: [],
    only: 'everything',
    durable: false,
  });
  await system.bind(places.ramImage, places.newRoot, false);
}

async function bootOnce(
  input: CaseInput,
  index: number,
  { native, system }: { readonly native: Native; readonly system: System },
): Promise<BootRun> {
  const steps: string[] = [];
  const notices: string[] = [];
  let failure: Failure | null = null;
  try {
    const answer = answerOfCase(input);
    const image = await readImage(places.newRoot, answer.litefile);
    await mountVolatile(places.newRoot, answer.permission, system);
    const stores = await mountStores(input, answer, image.entries, system);
    for (const tree of stores.missingTrees)
      notices.push(`degraded: the optional tree ${formatLocation(tree)} is missing`);
    const linked = await linkEntries(places.newRoot, image, stores, {
      system,
      calls: native,
      onStep: ({ step, error }) => steps.push(error === undefined ? step : `${step}: ${error}`),
    });
    notices.push(...linked.notices.map(({ level, message }) => `${level}: ${message}`));
    const lease = {
      interface: '',
      address: '',
      netmask: '',
      gateway: '',
      hostname: '',
      domain: '',
    };
    const resolvConf = renderResolvConf({ ...lease, nameservers: [nameserver] });
    if (await offerResolvConf(places.newRoot, resolvConf)) steps.push('wrote /etc/resolv.conf');
  } catch (error) {
    failure = failureOf(error);
    notices.push(
      `error: ${failure.message}`,
      ...(failure.hint === undefined ? [] : [failure.hint]),
    );
  }
  const described = await describeNode(input);
  const writes = (input.nodeWrites[index] ?? []).map((write) =>
    insideOf(places.newRoot, native, () => performWrite(write)),
  );
  return {
    failure,
    steps,
    notices,
    ...described,
    writes: index in input.nodeWrites ? writes : null,
  };
}

async function describeNode(
  input: CaseInput,
): Promise<Omit<BootRun, 'failure' | 'steps' | 'notices' | 'writes'>> {
  const view = lookAtNode(places.newRoot, exportsOf(input));
  const wanted = new Set([
    '/etc/mtab',
    ...input.litefile.map(({ file }) => file),
    ...input.alsoLookAt,
  ]);
  const paths: [string, SeenPath][] = [];
  for (const path of [...wanted].toSorted()) paths.push([path, await view.path(path)]);
  const volatile = await chase(places.newRoot, layout.tmpfs);
  const isMounted = existsSync(await chase(places.newRoot, layout.trees));
  return {
    paths: Object.fromEntries(paths),
    tmpfs: isMounted ? view.below(volatile) : {},
    persistent: input.persistent === null ? null : describeTree(places.persistent),
    localdisk: input.localdisk === null ? null : describeTree(places.localdisk),
    view: view.everything(),
    mounts: view.mounts(),
  };
}

/** Does something where `/` is another directory. The working directory stays, and is the way back. */
function insideOf<T>(root: string, native: Pick<Native, 'changeRoot'>, work: () => T): T {
  process.chdir('/');
  native.changeRoot(root);
  try {
    return work();
  } finally {
    native.changeRoot('.');
  }
}
