import { explainError, StateliteError } from '../../agent/errors.ts';
import type { Logger } from '../../agent/log.ts';
import { settingTable } from '../config.ts';
import manifest from '../../package.json' with { type: 'json' };
import type { DaemonDeps, Performed } from '../daemon/deps.ts';
import { openStore, type Store } from '../db/store.ts';
import type { Context } from './context.ts';
import { parseAndRun } from './parse.ts';
import { loadVerbs } from './verbs.ts';

/** Verbs that are run for clients: none that reads or writes files of the caller, or asks back. */
const remoteVerbs: ReadonlySet<string> = new Set(
  (
    'tabdump tabch tabgrep gettab nodels nodeadd nodech noderm lsdef mkdef chdef rmdef ' +
    'litefile litetree ilitefile lslite nodeset'
  ).split(' '),
);

export interface PerformLimits {
  /** Milliseconds a client waits at most; what it began goes on to its end. */
  readonly time: number;
  /** Characters of output. */
  readonly output: number;
}

/**
 * Makes what runs verbs inside the daemon. The history names who asked: that is why each has the
 * database opened, and only while `store` is usable. No file of this machine can be named, and none
 * of the options that move a management node.
 */
export function createPerform(
  { settings, log, store: ofDaemon }: Pick<Context, 'settings' | 'log' | 'store'>,
  limits: PerformLimits = { time: 300_000, output: 16 * 1024 * 1024 },
): DaemonDeps['perform'] {
  return async (words, peer, stdin) => {
    const [verb = ''] = words;
    if (!remoteVerbs.has(verb)) return undefined;
    const said = collect(limits.output);
    let store: Store | undefined;
    const context: Context = {
      settings,
      store() {
        ofDaemon();
        const who = peer.name ?? peer.address;
        return (store ??= openStore(settings.database, { who, command: verb }));
      },
      print: said.print,
      log: said.log,
      err: () => {},
      progress: { step: () => {}, update: () => {}, done: () => {} },
      get cwd(): string {
        throw new StateliteError('ERR_STATELITE_USAGE', 'a client can name no file of this host');
      },
      stdin: async () => stdin,
    };
    const work = async (): Promise<Performed> => {
      try {
        const commands = (await loadVerbs([verb])).map((define) => define(context));
        const help = await parseAndRun(words, commands, manifest.version, refuseSettings);
        if (help !== '') said.print(help.trimEnd());
        return said.ended();
      } catch (error) {
        if (!(error instanceof StateliteError)) throw error;
        log.debug(`${peer.name ?? peer.address}: ${verb}: ${explainError(error).join('; ')}`);
        return said.ended(error);
      } finally {
        await store?.close();
      }
    };
    return inTime(work(), verb, limits.time, log);
  };
}

/** `--database` and the like are for who can log in here. */
function refuseSettings(flags: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(settingTable).find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  throw new StateliteError('ERR_STATELITE_USAGE', `a client cannot set --${given}`);
}

interface Said {
  readonly print: Context['print'];
  readonly log: Logger;
  /** All that was said; the error, if there is one, last. */
  readonly ended: (error?: StateliteError) => Performed;
}

function collect(limit: number): Said {
  const out: string[] = [];
  const warnings: string[] = [];
  const errors: string[] = [];
  let left = limit;
  const keep = (to: string[], text: string) => {
    left -= text.length;
    if (left < 0) {
      throw new StateliteError('ERR_STATELITE_REQUEST', `it prints more than ${limit} characters`);
    }
    to.push(...text.split('\n'));
  };
  return {
    print: (text) => keep(out, text),
    log: {
      error: (line) => isHint(line) || keep(errors, withoutCode(line)),
      warn: (line) => isHint(line) || keep(warnings, withoutCode(line)),
      info: () => {},
      debug: () => {},
    },
    ended(error) {
      if (error === undefined) return { out, warnings, errors, code: 0 };
      const code = error.code === 'ERR_STATELITE_USAGE' ? 2 : 1;
      return { out, warnings, errors: [...errors, error.message], code };
    },
  };
}

/** Clients know neither our codes nor our hints; the log of the daemon has them. */
function withoutCode(line: string): string {
  return line.replace(/\bERR_STATELITE_\w+: /u, '');
}

function isHint(line: string): boolean {
  return /^(?:[\w.,-]+: )?hint: /u.test(line);
}

/** A verb cannot be stopped half-way: who waits is let go, and the log says how it ended. */
async function inTime(
  work: Promise<Performed>,
  verb: string,
  time: number,
  log: Logger,
): Promise<Performed> {
  const late = Promise.withResolvers<Performed>();
  const timer = setTimeout(() => {
    const words = `${verb} takes longer than ${time / 1000} s and goes on without you`;
    late.resolve({ out: [], warnings: [], errors: [words], code: 1 });
    work.then(
      ({ code }) => log.warn(`${verb} of a client that was let go: exit ${code}`),
      (error: unknown) => log.error(`${verb} of a client that was let go: ${String(error)}`),
    );
  }, time);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
