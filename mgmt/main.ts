import { fstatSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { getSystemErrorMessage } from 'node:util';
import { explainError, StateliteError } from '../agent/errors.ts';
import manifest from '../package.json' with { type: 'json' };
import { CommandEnded } from './cli/command-ended.ts';
import type { Context } from './cli/context.ts';
import { explainedFileError } from './cli/file-error.ts';
import { type Io, openStderr } from './cli/io.ts';
import { parseAndRun } from './cli/parse.ts';
import { isVerb, loadVerbs } from './cli/verbs.ts';
import { resolveSettings, type Settings } from './config.ts';
import { serviceManagerOf } from './daemon/service-manager.ts';
import { loginName } from './db/login-name.ts';
import { storeMadeOnWrite } from './db/made-on-write.ts';
import type { Store } from './db/store.ts';

/** Runs one command: 0, 1 if it failed, 2 if it was not understood. Messages go to stderr. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const { log, progress } = openStderr(io);
  let settings: Settings | undefined;
  let store: Store | undefined;
  const context: Context = {
    get settings() {
      if (settings === undefined) throw new Error('no settings before the options are parsed');
      return settings;
    },
    store: () =>
      (store ??= storeMadeOnWrite({
        where: context.settings.database,
        origin: { who: whoRuns(io.env), command: verb },
        state: context.settings.state,
        warn: log.warn,
      })),
    print: (line) => io.out(`${line}\n`),
    log,
    err: io.err,
    progress,
    cwd: io.cwd,
    serviceManager: serviceManagerOf(io.env, process.pid),
    stdin: io.stdin,
  };
  const implied = io.names.find(isVerb);
  const words = implied === undefined ? withoutHelpVerb(argv) : [implied, ...argv];
  const verb = words.find(isVerb) ?? '';
  const [first = ''] = words;
  const defined = await loadVerbs(isVerb(first) ? [first] : undefined);
  const commands = defined.map((define) => define(context));
  try {
    const help = await parseAndRun(words, commands, manifest.version, (flags) => {
      settings = resolveSettings({ ...io, flags });
    });
    io.out(help);
    return 0;
  } catch (thrown) {
    const error = explainedFileError(thrown);
    for (const line of explainError(error)) log.error(line);
    if (error instanceof CommandEnded) return error.status;
    return error instanceof StateliteError && error.code === 'ERR_STATELITE_USAGE' ? 2 : 1;
  } finally {
    await store?.close();
  }
}

/** `help VERB` is `VERB --help`. */
function withoutHelpVerb(argv: readonly string[]): readonly string[] {
  const [first, ...more] = argv;
  if (first !== 'help') return argv;
  return more.every(isVerb) ? [...more, '--help'] : more;
}

/** For the history: whoever became root by sudo(8), which only root can be believed. */
function whoRuns({ SUDO_USER: sudoUser }: Io['env']): string {
  return process.getuid?.() === 0 && sudoUser ? sudoUser : loginName();
}

function processIo(): Io {
  process.stdout.on('error', endWithoutOutput);
  return {
    env: process.env,
    cwd: process.cwd(),
    names: [process.argv0, process.argv[1] ?? ''].map((path) => basename(path)),
    directory: dirname(process.execPath),
    out: (chunk) => process.stdout.write(chunk),
    err: (chunk) => process.stderr.write(chunk),
    stdin: () => text(process.stdin),
    stderr: stderrKind(),
  };
}

/**
 * Somebody who reads only the first lines is no failure: `tabdump litefile | head`. What cannot be
 * written is, and nothing that follows could be either.
 */
function endWithoutOutput(error: NodeJS.ErrnoException): never {
  if (error.code === 'EPIPE') process.exit();
  if (error.errno === undefined) throw error;
  const reason = getSystemErrorMessage(error.errno);
  process.stderr.write(`statelite: cannot write the output: ${reason}\n`);
  process.exit(1);
}

/** The journal names its own socket in JOURNAL_STREAM, which children inherit (systemd.exec(5)). */
function stderrKind(): Io['stderr'] {
  if (process.stderr.isTTY) return { columns: process.stderr.columns };
  const { dev, ino } = fstatSync(process.stderr.fd);
  return process.env['JOURNAL_STREAM'] === `${dev}:${ino}` ? 'journal' : 'plain';
}

/** Runs the command line of this process. */
export async function start(): Promise<void> {
  process.exitCode = await main(process.argv.slice(2), processIo());
}

if (import.meta.main) void start();
