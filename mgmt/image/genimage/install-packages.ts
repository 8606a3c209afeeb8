import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StateliteError } from '../../../agent/errors.ts';
import { imageTree } from './inside.ts';
import type { InstallCommand, InstallPlan } from './installer.ts';
import { runIsolated } from './isolated.ts';
import { withSystemMounts } from './system-mounts.ts';

/** How the packages of an image are installed. */
export interface PackagePlan extends InstallPlan {
  readonly root: string;
  readonly work: string;
  /** Symbolic links by path below the work directory. */
  readonly links: Readonly<Record<string, string>>;
}

/**
 * Makes the root. ERR_STATELITE_COMMAND holds the last lines of a program that failed, and where the
 * others are. The work directory is gone afterwards, and no mount stays, whatever happened.
 */
export async function installPackages(
  { root, work, files, links, commands }: PackagePlan,
  context: { onLine: (line: string) => void; signal: AbortSignal; log: string },
): Promise<void> {
  await rm(work, { recursive: true, force: true });
  try {
    await mkdir(work, { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await writeFile(join(work, path), text);
    }
    for (const [path, target] of Object.entries(links)) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await symlink(target, join(work, path));
    }
    for (const command of commands) await run(command, { ...context, root, work });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function run(
  command: InstallCommand,
  {
    root,
    work,
    log,
    ...context
  }: {
    root: string;
    work: string;
    log: string;
    onLine: (line: string) => void;
    signal: AbortSignal;
  },
): Promise<void> {
  const { argv, mounts, environment, input = '', okExits = [] } = command;
  try {
    await runIsolated({
      argv: mounts ? await withSystemMounts(imageTree(root), work, argv) : argv,
      program: argv[0] ?? '',
      environment,
      cwd: dirname(root),
      input,
      okExits,
      ...context,
    });
  } catch (error) {
    if (!(error instanceof StateliteError) || error.code !== 'ERR_STATELITE_COMMAND') throw error;
    throw new StateliteError(error.code, error.message, {
      hint: error.hint ?? `all that it said is in ${log}`,
    });
  }
}
