import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../errors.ts';
import type { DiskDeps } from './disk-apply.ts';

export interface ScriptPlaces {
  readonly root: string;
  /** Where localdisk entries are kept. */
  readonly target: string;
  /** A directory in memory. */
  readonly scratch?: string;
  /** Where stock nodes have their new root. */
  readonly stockRoot?: string;
}

/** Lines of a failed script that an error has. */
const lastLines = 5;

/**
 * Runs a partitionfile of the script kind with busybox's sh, byte for byte (node QUIRK-31), with the
 * file system programs of the initramfs. LOCALDISK is the directory that it may mount on; `/sysroot`
 * leads to the new root, as scripts for stock nodes have it. Throws ERR_STATELITE_STORE unless it ends
 * with 0 in time.
 */
export async function runDiskScript(
  text: string,
  { root, target, scratch = '/run/statelite', stockRoot = '/sysroot' }: ScriptPlaces,
  { programs, log, deadline, steps, signal }: DiskDeps,
): Promise<void> {
  const script = join(scratch, 'partscript');
  const output = join(scratch, 'partscript.log');
  await mkdir(scratch, { recursive: true });
  await writeFile(script, text, { mode: 0o700 });
  await linkOnce(root, stockRoot);
  // What is left of the boot's time is for the rest too.
  const seconds = Math.max(1, Math.floor(deadline.left / 2000));
  log.info(`running the script of partitionfile, at most ${seconds} s`);
  const start = performance.now();
  // Into a file: what the script leaves running must not keep a pipe open.
  const line = 'exec sh "$0" </dev/null >"$1" 2>&1';
  const limit = AbortSignal.timeout(seconds * 1000);
  const ended = await programs.run('/bin/busybox', ['sh', '-c', line, script, output], {
    env: { LOCALDISK: target, STATELITE_ROOT: root },
    // Starting again must not meet the programs of a script that was given up.
    signal: AbortSignal.any([limit, signal]),
  });
  const said = (await readFile(output, 'utf8')).trimEnd();
  for (const one of said === '' ? [] : said.split('\n')) log.info(`partitionfile: ${one}`);
  const took = performance.now() - start;
  const step = 'run the script of partitionfile';
  if (ended.code === 0 && !limit.aborted) {
    steps.push({ step, took });
    return;
  }
  const { code } = ended;
  const end = code === undefined ? `it was killed (${ended.signal})` : `it ended with ${code}`;
  const why = limit.aborted ? `it took more than ${seconds} s` : end;
  steps.push({ step, took, error: why });
  const cause = new Error(said.split('\n').slice(-lastLines).join('\n'));
  throw new StateliteError(
    'ERR_STATELITE_STORE',
    `local disk: the script of partitionfile: ${why}`,
    {
      cause,
      hint: `correct the script that linuximage.partitionfile names (in the shell it is ${script}, and its output is beside it); statelite.deadline= gives it more time`,
    },
  );
}

async function linkOnce(target: string, path: string): Promise<void> {
  try {
    await symlink(target, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}
