import { copyFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import { makeOpenDirectory } from '../bootfiles/directory.ts';
import { replaceFile } from './replace-file.ts';
import { ownershipOf, sealed } from './seal.ts';
import { unifiedDiff } from './unified-diff.ts';

export interface GeneratedFile {
  readonly path: string;
  /** With the marker in its first lines, and without a digest. */
  readonly text: string;
}

/** What happens to a file. */
export interface FileChange {
  readonly path: string;
  readonly change: 'created' | 'changed' | 'unchanged';
  /** As diff -u; empty unless it was asked for. */
  readonly diff: string;
}

export interface WriteOptions {
  /** Also over files that are not ours, or were edited; they stay as `<path>.saved`. */
  readonly force?: boolean | undefined;
  /** Write nothing, and say what would change. */
  readonly dryRun?: boolean | undefined;
}

/**
 * Writes the files, none if one of them was there before and is not ours, or was edited since.
 * A file that would stay as it is is not touched. With `dryRun` the changes have their diffs.
 * ERR_STATELITE_SETUP names the file, and shows what would be lost.
 */
export async function writeGenerated(
  files: readonly GeneratedFile[],
  { force = false, dryRun = false }: WriteOptions = {},
): Promise<FileChange[]> {
  const planned = await Promise.all(files.map(plan));
  const changes = await Promise.all(
    planned.map(async ({ path, old, text, change }) => ({
      path,
      change,
      diff: dryRun ? await unifiedDiff(path, old, text) : '',
    })),
  );
  if (dryRun) return changes;
  if (!force) for (const file of planned) await refuseForeign(file);
  for (const { path, old, text, change } of planned) {
    if (change === 'unchanged') continue;
    await replaceGenerated(path, text, {
      isKept: old !== undefined && ownershipOf(old) !== 'ours',
    });
  }
  return changes;
}

async function replaceGenerated(
  path: string,
  text: string,
  { isKept }: { readonly isKept: boolean },
): Promise<void> {
  try {
    if (isKept) await copyFile(path, `${path}.saved`);
    makeOpenDirectory(dirname(path));
    await replaceFile(path, text, 0o644);
  } catch (cause) {
    if (!hasCode(cause, 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EISDIR')) throw cause;
    throw new StateliteError('ERR_STATELITE_SETUP', `cannot write ${path}: ${cause.code}`, {
      hint: 'run it as root; within a service, is the directory among its ReadWritePaths=?',
      cause,
    });
  }
}

interface Planned {
  readonly path: string;
  readonly old: string | undefined;
  readonly text: string;
  readonly change: FileChange['change'];
}

async function plan({ path, text: unsealed }: GeneratedFile): Promise<Planned> {
  const old = await readIfThere(path);
  const text = sealed(unsealed);
  const change = old === undefined ? 'created' : old === text ? 'unchanged' : 'changed';
  return { path, old, text, change };
}

async function refuseForeign({ path, old, text }: Planned): Promise<void> {
  if (old === undefined) return;
  const ownership = ownershipOf(old);
  if (ownership === 'ours') return;
  if (ownership === 'foreign') {
    throw new StateliteError('ERR_STATELITE_SETUP', `${path} was not written by statelite setup`, {
      hint: `move it away, write elsewhere with --output, or replace it with --force, which leaves ${path}.saved`,
    });
  }
  const diff = await unifiedDiff(path, old, text);
  throw new StateliteError(
    'ERR_STATELITE_SETUP',
    `${path} was changed by hand since it was written:\n${shortened(diff)}`,
    {
      hint: `take the change back, or replace the file with --force, which leaves ${path}.saved`,
    },
  );
}

/** The message of an error is for reading. */
function shortened(diff: string): string {
  const lines = diff.trimEnd().split('\n');
  if (lines.length <= 40) return lines.join('\n');
  return [...lines.slice(0, 40), `... ${lines.length - 40} more lines: --dry-run`].join('\n');
}
