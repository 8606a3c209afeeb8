import { open, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode, StateliteError } from './errors.ts';
import { type Op, performBatch } from './files/batch.ts';
import { directoryOf, wholeOrNothing } from './files/beside.ts';
import { bytesOf, fsPath, textOf } from './files/bytes.ts';
import { chaseAll } from './files/chase.ts';
import { copyBeside, type CopyCalls, makeDirectories, startCopy } from './files/copy.ts';
import { checkedCopy } from './files/fault.ts';
import { mergeDirectories } from './files/merge.ts';
import { replaceFile } from './files/replace.ts';
import type { Change, From, Step } from './plan/step.ts';
import { describe } from './plan/step.ts';
import type { StepReport } from './protocol/report.ts';
import { independentGroups } from './independent.ts';
import { remedy } from './remedy.ts';
import { layout } from './rules/layout.ts';
import { besideName, isWithin } from './rules/path.ts';
import type { System } from './system.ts';
import { shortened, tellTrouble, troubleOf } from './trouble.ts';

export interface ApplyDeps {
  readonly system: Pick<System, 'bind'>;
  readonly calls: CopyCalls;
  /** Called after every step, also the failed one. */
  readonly onStep: (step: StepReport) => void;
  /** What was left out of a copy, in a sentence; the boot goes on. */
  readonly onWarning?: (message: string) => void;
  /** Given up: a step that hung and comes back must not go on. */
  readonly signal?: AbortSignal;
}

/**
 * Performs the steps in order under `root`; the first failure stops with ERR_STATELITE_STEP.
 * Returns the copies of which xattrs were lost, each once: their store cannot keep them (semantics 2.5).
 */
export async function apply(
  steps: readonly Step[],
  root: string,
  deps: ApplyDeps,
): Promise<string[]> {
  const lost: string[] = [];
  for (const group of independentGroups(steps)) {
    deps.signal?.throwIfAborted();
    const at = resolver(root, group, deps.calls);
    const tried = await Promise.all(group.map((step) => tryStep(step, root, at, deps)));
    deps.signal?.throwIfAborted();
    for (const { step, report, lost: first, failure } of tried) {
      deps.onStep(report);
      if (failure !== undefined) throw failure;
      if (first !== undefined) lost.push('to' in step ? step.to : first);
    }
  }
  return lost;
}

interface Tried {
  readonly step: Step;
  readonly report: StepReport;
  /** The first of the paths that lost xattrs. */
  readonly lost?: string | undefined;
  readonly failure?: StateliteError;
}

async function tryStep(step: Step, root: string, at: Resolver, deps: ApplyDeps): Promise<Tried> {
  const start = performance.now();
  const reported = () => ({
    step: describe(step),
    took: performance.now() - start,
    ...(step.why === undefined ? {} : { why: step.why }),
  });
  try {
    const [lost] = await perform(step, root, at, deps);
    return { step, report: reported(), lost };
  } catch (cause) {
    deps.signal?.throwIfAborted();
    const failure = await failureOf(cause, step, root);
    return { step, report: { ...reported(), error: failure.message }, failure };
  }
}

/** The step, the file and its store or tree, the row; as the hint what to do about it (semantics 5.6). */
async function failureOf(cause: unknown, step: Step, root: string): Promise<StateliteError> {
  const trouble = await troubleOf(cause, root, writtenBy(step));
  const reason = trouble === undefined ? String(cause) : tellTrouble(trouble);
  const row = step.why === undefined ? '' : ` (${step.why})`;
  const message = `cannot ${shortened(describe(step))}: ${reason}${row}`;
  return new StateliteError('ERR_STATELITE_STEP', message, { cause, hint: remedy(trouble) });
}

function writtenBy(step: Change): string {
  if ('to' in step) return step.to;
  if (step.kind === 'record') return layout[step.store];
  return 'path' in step ? step.path : step.target;
}

async function perform(
  step: Change,
  root: string,
  at: Resolver,
  deps: ApplyDeps,
): Promise<readonly string[]> {
  const { system, calls, signal } = deps;
  switch (step.kind) {
    case 'copy':
      return copyFile(deps, await at(step.from), root + step.to, isKept(step.to));
    case 'concatenate': {
      const from = await Promise.all(step.from.map(at));
      await concatenate(calls, from, { to: root + step.to, workplace: root + layout.statelite });
      return [];
    }
    case 'merge': {
      const from = await Promise.all(step.from.map(at));
      const durable = isKept(step.to);
      const to = root + step.to;
      const { lost, sockets } = await mergeDirectories(calls, {
        ...step,
        from,
        to,
        durable,
        signal,
      });
      for (const path of sockets) {
        deps.onWarning?.(`${step.to}/ has no copy of the socket ${path}: a program has to make it`);
      }
      return lost;
    }
    case 'symlink':
      await plant(calls, root + step.path, step.target);
      return [];
    case 'mount-point':
      await makeMountPoint(root + step.path, step.type);
      return [];
    case 'remove-mount-point':
      await (step.type === 'dir' ? rmdir(root + step.path) : unlink(root + step.path));
      return [];
    case 'bind':
      await system.bind(await at(step.source), await at(step.target), step.readonly);
      return [];
    case 'record':
      await record(`${root}${layout[step.store]}/.statelite.${step.list}`, step.lines);
      return [];
  }
}

/** Where a path is on this machine, resolved inside the root it belongs to (semantics 2.1). */
type Resolver = (path: From | string) => Promise<string>;

/** Resolves all sources of a group together: one by one that is most of a small step's time. */
function resolver(root: string, group: readonly Change[], calls: CopyCalls): Resolver {
  const paths = group.flatMap((step): readonly (From | string)[] => {
    if (step.kind === 'bind') return [step.source, step.target];
    return 'from' in step ? [step.from].flat() : [];
  });
  const resolved = chaseAll(
    calls,
    paths.map((from) => {
      if (typeof from === 'string') return { root, path: from };
      return { root: from.root === '/' ? root : root + from.root, path: from.path };
    }),
  );
  resolved.catch(() => {}); // each step that waits for it hears of it
  return async (path) => {
    const place = (await resolved)[paths.indexOf(path)];
    if (place === undefined) throw new Error('what a step needs was not resolved with its group');
    return place;
  };
}

function isKept(path: string): boolean {
  return isWithin(path, layout.persistent) || isWithin(path, layout.localdisk);
}

async function copyFile(
  { calls, signal }: ApplyDeps,
  from: string,
  to: string,
  durable: boolean,
): Promise<string[]> {
  const job = startCopy(calls, { durable, signal });
  if (durable) {
    await makeDirectories(bytesOf(dirname(to)));
    await copyBeside(job, bytesOf(from), bytesOf(to));
  } else {
    await makeIn(calls, { kind: 'object', from: bytesOf(from), to: bytesOf(to) }, job.lost);
  }
  return [...job.lost];
}

/**
 * Always 0644 root:root: no single source lends its metadata (semantics 2.3), and neither do default
 * ACLs of the directory, since it is made in another one of the same tmpfs.
 */
async function concatenate(
  { copyContent }: CopyCalls,
  from: readonly string[],
  { to, workplace }: { to: string; workplace: string },
): Promise<void> {
  const beside = `${workplace}/${besideName}`;
  for (const directory of [workplace, dirname(to)]) await makeDirectories(bytesOf(directory));
  await rm(beside, { force: true });
  await wholeOrNothing(bytesOf(beside), undefined, async () => {
    await using made = await open(beside, 'wx', 0o644);
    for (const path of from) {
      const sides = { from: bytesOf(path), to: bytesOf(beside) };
      checkedCopy(await copyContent(sides.from, sides.to, 1), sides);
    }
    await made.chown(0, 0);
    await made.chmod(0o644);
    await rename(beside, to);
  });
}

async function plant(calls: CopyCalls, path: string, target: string): Promise<void> {
  await makeIn(calls, { kind: 'symlink', from: bytesOf(target), to: bytesOf(path) });
}

/**
 * Makes an object, and the directory for it. What a parent copied there has to go first, but mostly
 * there is nothing.
 */
async function makeIn(calls: CopyCalls, op: Op, lost = new Set<string>()): Promise<void> {
  const onDone = ({ kind, to }: Op, result: number): void => {
    if (kind === 'object' && result > 0) lost.add(textOf(to));
  };
  try {
    const directory: Op = { kind: 'directory', from: '', to: directoryOf(op.to) };
    await performBatch(calls, [directory, op], onDone);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    await rm(fsPath(op.to), { recursive: true });
    await performBatch(calls, [op], onDone);
  }
}

async function makeMountPoint(path: string, type: 'file' | 'dir'): Promise<void> {
  if (type === 'dir') {
    await makeDirectories(bytesOf(path));
    return;
  }
  await makeDirectories(bytesOf(dirname(path)));
  try {
    await using made = await open(path, 'wx', 0o644);
    await made.sync();
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

async function record(file: string, lines: readonly string[]): Promise<void> {
  await replaceFile(file, lines.map((line) => `${line}\n`).join(''));
}
