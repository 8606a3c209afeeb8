import { mkdir, readdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { chase } from '../../../agent/files/chase.ts';
import { loadNative } from '../../../agent/native/load.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { compareRoots } from '../generations/compare-roots.ts';
import { mustHaveCurrent } from '../generations/read.ts';
import { settle } from '../generations/settle.ts';
import { withSpaceHint } from '../generations/space.ts';
import { unshareRoot } from '../generations/unshare.ts';
import { exists } from '../genimage/exists.ts';
import { withImageLock } from '../genimage/lock.ts';
import { commit, committedNotes, discard, openStaging, type Staging } from '../genimage/staging.ts';
import { packedNames } from '../pack/packed-names.ts';
import { openChamber } from './chamber.ts';
import { copyGeneration } from './copy-generation.ts';

export interface RunWish {
  readonly image: string;
  readonly rootimgdir: string;
  /** Without any: an interactive shell of the image. */
  readonly argv: readonly string[];
  readonly inPlace: boolean;
}

export interface RunTools {
  readonly progress: Record<'step' | 'done', (text: string) => void>;
  readonly signal: AbortSignal;
}

export interface RunResult {
  /** Exit status of the command. */
  readonly status: number;
  /** Whether the image is another now, or changed in place. */
  readonly isChanged: boolean;
  readonly notes: readonly string[];
}

/**
 * Runs a command in an image. It works in a copy, which becomes the next generation if the command
 * ends with 0 and has changed anything, and is thrown away otherwise; or, with `inPlace`, in the root
 * that nodes run from. Takes the image's lock. Throws ERR_STATELITE_IMAGE if that cannot be done.
 */
export async function runInImage(wish: RunWish, tools: RunTools): Promise<RunResult> {
  return withImageLock(wish.rootimgdir, async () =>
    withSpaceHint(wish.rootimgdir, async () =>
      wish.inPlace ? runInPlace(wish, tools) : runInCopy(wish, tools),
    ),
  );
}

async function runInCopy(wish: RunWish, tools: RunTools): Promise<RunResult> {
  const staging = await openStaging(wish.rootimgdir);
  let isCommitted = false;
  try {
    const result = await runInStaging(staging, wish, tools);
    isCommitted = result.isChanged;
    return result;
  } finally {
    if (!isCommitted) await discard(staging);
  }
}

async function runInStaging(
  staging: Staging,
  { image, argv }: RunWish,
  { progress, signal }: RunTools,
): Promise<RunResult> {
  const { generations, place, new: made } = staging;
  const current = mustHaveCurrent(generations, place);
  const root = await realRoot(staging.root);
  progress.step(`copying generation ${current.number}`);
  await copyGeneration({ directory: current.directory, root }, made, signal);
  progress.done(`generation ${staging.number} is a copy of generation ${current.number}`);
  const status = await runInRoot(made.root, argv, signal);
  const stays = `generation ${current.number} is the image as before`;
  if (status !== 0) return { status, isChanged: false, notes: [stays] };
  if (await areAlike(root, made.root)) {
    return { status, isChanged: false, notes: [`nothing was changed: ${stays}`] };
  }
  const by = ['image', argv.length === 0 ? 'shell' : 'run', image, ...argv].join(' ');
  const committed = await commit(staging, { by: by.slice(0, 1000), kernel: current.kernel });
  const notes = [
    ...committedNotes(committed),
    'nodes get it when they boot',
    ...(await notesOn(place.directory, current.kernel, image)),
  ];
  return { status, isChanged: true, notes };
}

async function runInPlace(
  { image, rootimgdir, argv }: RunWish,
  { progress, signal }: RunTools,
): Promise<RunResult> {
  const { place, generations } = await settle(rootimgdir);
  const current = mustHaveCurrent(generations, place);
  const root = await realRoot(join(place.directory, 'rootimg'));
  progress.step('giving the root files of its own');
  await mkdir(place.others, { recursive: true });
  const { files } = await unshareRoot(root, join(place.others, 'unshare'), loadNative(tmpdir()));
  progress.done(`generation ${current.number} shares no files with others now (${files} did)`);
  const status = await runInRoot(root, argv, signal);
  const notes = [
    'running nodes see the change at once: restart what uses the changed files',
    'files in the litefile table: run liteimg, then reboot the nodes',
    ...(await notesOn(place.directory, current.kernel, image)),
  ];
  return { status, isChanged: true, notes };
}

async function runInRoot(
  root: string,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  await using chamber = await openChamber(root, signal);
  return await chamber.run(argv.length === 0 ? [await shellOf(root)] : argv);
}

async function shellOf(root: string): Promise<string> {
  return (await exists(await chase(root, '/bin/bash'))) ? '/bin/bash' : '/bin/sh';
}

/** A link in its place leads to a root that nodes run from: what works in a copy must not follow it. */
async function realRoot(root: string): Promise<string> {
  try {
    return await realpath(root);
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT')) throw cause;
    throw new StateliteError('ERR_STATELITE_IMAGE', `there is no root image ${root}`, {
      cause,
      hint: 'build it with genimage first',
    });
  }
}

async function areAlike(one: string, other: string): Promise<boolean> {
  const first = await compareRoots(one, other, loadNative(tmpdir())).next();
  return first.done === true;
}

/** Which command makes which packed roots. */
const packers = [
  ['rootimg-statelite', 'liteimg'],
  ['rootimg', 'packimage'],
] as const;

/** What is to be done before nodes boot it. */
async function notesOn(directory: string, kernel: string, image: string): Promise<string[]> {
  const root = await realRoot(join(directory, 'rootimg'));
  const at = async (path: string) => exists(await chase(root, path));
  const notes: string[] = [];
  if (kernel !== '' && !(await at(`/lib/modules/${kernel}`))) {
    notes.push(`the modules of kernel ${kernel} are gone: run genimage --onlyinitrd ${image}`);
  }
  if (await at(layout.save)) notes.push(`next: liteimg ${image}`);
  const names = new Set(await readdir(directory));
  for (const [base, command] of packers) {
    if (packedNames(base).some((name) => names.has(name))) {
      notes.push(`nodes boot the old root into memory until ${command} ${image}`);
    }
  }
  return notes;
}
