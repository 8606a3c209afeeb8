import { copyFile, realpath, stat } from 'node:fs/promises';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { readCluster } from '../db/read-cluster.ts';
import { type HostsFile, parseHosts, renderHosts, rivals } from '../setup/hosts-block.ts';
import { mergeLines } from '../setup/hosts-merge.ts';
import { withLock } from '../setup/lock.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import { replaceFile } from '../setup/replace-file.ts';
import { unifiedDiff } from '../setup/unified-diff.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { outputGiven } from './given-path.ts';
import { namedForLines } from './nodes-or-kept.ts';
import { withSafeWriting } from './writing-options.ts';

export const makehosts = (context: Context) =>
  command({
    command: 'makehosts [noderange]',
    describe: 'Write names and addresses of nodes into the hosts file',
    options: (yargs) =>
      withSafeWriting(yargs)
        .positional('noderange', { type: 'string', describe: 'Nodes and groups; all without' })
        .option('new', {
          alias: 'n',
          type: 'boolean',
          default: false,
          describe: 'These nodes only; what was written for others is dropped',
        })
        .option('delete', {
          alias: 'd',
          type: 'boolean',
          default: false,
          describe: 'Remove the lines of the nodes; without nodes all that was written',
        })
        .option('longnamefirst', {
          alias: 'l',
          type: 'boolean',
          default: false,
          describe: 'The name with the domain before the short one',
        })
        .option('file', {
          type: 'string',
          default: '/etc/hosts',
          describe: 'The hosts file',
        })
        .check(({ new: isNew, delete: remove }) => {
          if (isNew && remove) throw new Error('-n and -d are opposites');
          return true;
        }),
    run: async ({ noderange, file, dryRun, force, ...request }) => {
      const path = await realOf(outputGiven(context, '--file', file));
      const cluster = await readCluster(context.store(), context.settings);
      await withLock(path, async () => {
        const text = await readIfThere(path);
        const hosts = parseHosts(text ?? '', path);
        const now = hosts.lines ?? [];
        const nodes = namedForLines(context, cluster, now, { noderange, ...request });
        const { lines, notes } = mergeLines(now, nodes, cluster, request);
        for (const note of notes) context.log.warn(note);
        warnOfRivals(context, hosts, lines, path);
        const wanted = renderHosts(hosts, lines);
        if (wanted === (text ?? '')) context.print(`${path}: unchanged`);
        else if (dryRun) context.print((await unifiedDiff(path, text, wanted)).trimEnd());
        else {
          if (hosts.lines !== undefined && hosts.isChanged) await refuse(path, text, wanted, force);
          await write(path, wanted);
          context.print(`${path}: ${lines.length} lines`);
        }
      });
    },
  });

/** A link stays a link. */
async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return path;
    throw error;
  }
}

function warnOfRivals(
  { log }: Context,
  hosts: HostsFile,
  lines: readonly string[],
  path: string,
): void {
  const names = rivals(hosts, lines);
  if (names.length === 0) return;
  const shown = names.length > 5 ? `${names.slice(0, 5).join(', ')}, …` : names.join(', ');
  log.warn(`${path} has other addresses for ${shown} outside of what makehosts writes`);
}

async function refuse(path: string, text: string | undefined, wanted: string, force: boolean) {
  if (force) return copyFile(path, `${path}.saved`);
  const diff = await unifiedDiff(path, text, wanted);
  throw new StateliteError(
    'ERR_STATELITE_SETUP',
    `${path}: the block of makehosts was changed by hand:\n${diff.trimEnd()}`,
    {
      hint: `move such lines out of the block, or replace it with --force, which leaves ${path}.saved`,
    },
  );
}

/** The file keeps its mode. */
async function write(path: string, text: string): Promise<void> {
  try {
    await replaceFile(path, text, await modeOf(path));
  } catch (cause) {
    if (!hasCode(cause, 'EBUSY')) throw cause;
    throw new StateliteError('ERR_STATELITE_SETUP', `${path} is a mount, and cannot be replaced`, {
      hint: 'run makehosts outside of the container, or with --file',
      cause,
    });
  }
}

async function modeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0o644;
    throw error;
  }
}
