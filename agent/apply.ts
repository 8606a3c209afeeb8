import { chmod, chown, mkdir, open, rm, rmdir, symlink, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode, StateliteError } from './errors.ts';
import { bytesOf } from './files/bytes.ts';
import { chase } from './files/chase.ts';
import {
  copyBeside,
  type CopyCalls,
  copyObject,
  makeDirectories,
  startCopy,
} from './files/copy.ts';
import { mergeDirectories } from './files/merge.ts';
import { replaceFile } from './files/replace.ts';
import type { Change, From, Step } from './plan/step.ts';
import { describe } from './plan/step.ts';
import type { StepReport } from './protocol/report.ts';
import { remedy } from './remedy.ts';
import { layout } from './rules/layout.ts';
import { isWithin } from './rules/path.ts';
import type { System } from './system.ts';

export interface ApplyDeps {
  readonly system: Pick<System, 'bind'>;
  readonly calls: CopyCalls;
  /** Called after every step, also the failed one. */
  readonly onStep: (step: StepReport) => void;
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
  for (const step of steps) {
    deps.signal?.throwIfAborted();
    const start = performance.now();
    const done = (error?: string): void =>
      deps.onStep({
        step: describe(step),
        took: performance.now() - start,
        ...(step.why === undefined ? {} : { why: step.why }),
        ...(error === undefined ? {} : { error }),
      });
    try {
      const [first] = await perform(step, root, deps);
      if (first !== undefined) lost.push('to' in step ? step.to : first);
    } catch (cause) {
      done(String(cause));
      throw new StateliteError('ERR_STATELITE_STEP', `cannot ${describe(step)}`, {
        cause,
        hint: remedy(cause, step),
      });
    }
    done();
  }
  return lost;
}

async function perform(
  step: Change,
  root: string,
  { system, calls }: ApplyDeps,
): Promise<string[]> {
  const at = (path: string) => chase(root, path);
  switch (step.kind) {
    case 'copy':
      return copyFile(calls, await sourceOf(root, step.from), root + step.to, isKept(step.to));
    case 'concatenate': {
      const from = await Promise.all(step.from.map((source) => sourceOf(root, source)));
      await concatenate(from, root + step.to);
      return [];
    }
    case 'merge': {
      const from = await Promise.all(step.from.map((source) => sourceOf(root, source)));
      return mergeDirectories(calls, {
        ...step,
        from,
        to: root + step.to,
        durable: isKept(step.to),
      });
    }
    case 'symlink':
      await plant(root + step.path, step.target);
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

/** A source is resolved inside the root it belongs to (semantics 2.1). */
async function sourceOf(root: string, from: From): Promise<string> {
  return chase(from.root === '/' ? root : root + from.root, from.path);
}

function isKept(path: string): boolean {
  return isWithin(path, layout.persistent) || isWithin(path, layout.localdisk);
}

async function copyFile(
  calls: CopyCalls,
  from: string,
  to: string,
  durable: boolean,
): Promise<string[]> {
  const job = startCopy(calls, durable);
  await makeDirectories(bytesOf(dirname(to)));
  if (durable) {
    await copyBeside(job, bytesOf(from), bytesOf(to));
  } else {
    await rm(to, { force: true });
    await copyObject(job, bytesOf(from), bytesOf(to));
  }
  return [...job.lost];
}

/** Always 0644 root:root: no single source lends its metadata (semantics 2.3). */
async function concatenate(from: readonly string[], to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await rm(to, { force: true });
  await using target = await open(to, 'wx', 0o644);
  for (const path of from) {
    await using source = await open(path, 'r');
    for await (const chunk of source.createReadStream({ autoClose: false })) {
      await target.writeFile(chunk);
    }
  }
  await chown(to, 0, 0);
  await chmod(to, 0o644);
}

/** Replaces whatever stands there: what a parent copied. */
async function plant(path: string, target: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { recursive: true, force: true });
  await symlink(target, path);
}

async function makeMountPoint(path: string, type: 'file' | 'dir'): Promise<void> {
  if (type === 'dir') {
    await mkdir(path, { recursive: true });
    return;
  }
  await mkdir(dirname(path), { recursive: true });
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
