import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { hasCode, StateliteError } from '../agent/errors.ts';
import { suggest } from './core/nearest.ts';
import { isPostgresUrl } from './db/postgres-url.ts';

interface Setting {
  readonly doc: string;
  /** `directory` is the program's own. */
  readonly initial: (directory: string) => string | undefined;
}

/**
 * Where things are on this machine; what belongs to the cluster is in the site table. All are
 * paths, or for database a URL. A setting NAME is the option --NAME, the variable STATELITE_NAME,
 * a key of statelite.conf.
 */
export const settingTable = {
  etc: {
    doc: 'Directory of the configuration and certificates',
    initial: () => '/etc/statelite',
  },
  state: {
    doc: 'Directory of the database and of boot reports',
    initial: () => '/var/lib/statelite',
  },
  database: {
    doc: 'SQLite file, or PostgreSQL: postgresql://user@host/db, postgresql:///db?host=/run/postgresql',
    initial: () => '<state>/statelite.db',
  },
  installdir: {
    doc: 'Directory of images, overrides site.installdir',
    initial: () => undefined,
  },
  tftpdir: {
    doc: 'Directory of boot files, overrides site.tftpdir',
    initial: () => undefined,
  },
  agent: {
    doc: 'The boot agent that goes into an initramfs',
    initial: (directory) => join(directory, 'statelite-agent'),
  },
} as const satisfies Record<string, Setting>;

type SettingName = keyof typeof settingTable;

/** Absolute paths, or a URL for database, whose password must not be printed. */
export type Settings = {
  readonly [N in SettingName]: string | ReturnType<(typeof settingTable)[N]['initial']>;
};

/** The environment variable of a setting. */
export function variableOf(name: string): string {
  return `STATELITE_${name.toUpperCase()}`;
}

/** Where `resolveSettings` looks. */
export interface SettingSources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative flags and variables are relative to it; those in the file to the file. */
  readonly cwd: string;
  readonly directory: string;
}

/**
 * Each setting from its flag, else the environment, else `<etc>/statelite.conf`, else its default.
 * Throws ERR_STATELITE_USAGE for a blank flag, _CONFIG for a file that is not readable or has
 * an unknown key, and for a directory that would have to be made below /proc.
 */
export function resolveSettings({ flags, env, cwd, directory }: SettingSources): Settings {
  const given = (name: SettingName) => {
    const value = flagOf(flags, name) ?? env[variableOf(name)];
    return value === undefined || value === '' ? undefined : absolute(name, value, cwd);
  };
  const etc = given('etc') ?? settingTable.etc.initial();
  const file = readConf(etc);
  const value = (name: SettingName) => given(name) ?? file.get(name);
  const state = value('state') ?? settingTable.state.initial();
  const settings = {
    etc,
    state,
    database: value('database') ?? join(state, 'statelite.db'),
    installdir: value('installdir') ?? settingTable.installdir.initial(),
    tftpdir: value('tftpdir') ?? settingTable.tftpdir.initial(),
    agent: value('agent') ?? settingTable.agent.initial(directory),
  };
  for (const name of directories) refuseProc(name, settings[name]);
  return settings;
}

/** A blank one is an unset shell variable: the default would be some other directory than meant. */
function flagOf(flags: SettingSources['flags'], name: SettingName): string | undefined {
  const value = flags[name];
  if (value === '') throw new StateliteError('ERR_STATELITE_USAGE', `--${name} is blank`);
  return typeof value === 'string' ? value : undefined;
}

/** Settings that are directories, which are made if need be. */
const directories = ['etc', 'state', 'installdir', 'tftpdir'] as const;

/** Nothing can be made there, and Node's recursive mkdir tries for ever (ENOENT is a missing parent). */
function refuseProc(name: string, path: string | undefined): void {
  if (path === undefined) return;
  const above = realAbove(path);
  if (above === path || !/^\/proc(?:\/|$)/u.test(above)) return;
  throw new StateliteError(
    'ERR_STATELITE_CONFIG',
    `no directory can be made below /proc: ${path}`,
    {
      hint: `is --${name} right?`,
    },
  );
}

/** What the path, or the nearest directory above it that is there, really is. */
function realAbove(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) return path; // what is done with it says why
    return realAbove(dirname(path));
  }
}

/** A URL may have a password, so an unusable one is not repeated. */
function absolute(name: string, value: string, directory: string): string {
  if (name !== 'database' || !/^[a-z][a-z\d+.-]*:\/\//iu.test(value))
    return resolve(directory, value);
  if (isPostgresUrl(value)) return value;
  throw new StateliteError(
    'ERR_STATELITE_CONFIG',
    'database is neither a path nor a URL of PostgreSQL',
    { hint: 'write postgresql://user@host/db or postgresql:///db?host=/run/postgresql' },
  );
}

function readConf(etc: string): Map<string, string> {
  const path = join(etc, 'statelite.conf');
  try {
    const values = parseConf(readFileSync(path, 'utf8'), path);
    return new Map([...values].map(([name, value]) => [name, absolute(name, value, etc)]));
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) return new Map();
    if (cause instanceof StateliteError) throw cause;
    throw new StateliteError('ERR_STATELITE_CONFIG', `cannot read ${path}`, { cause });
  }
}

/** `key = value` lines; blank lines and lines that start with # are skipped. */
export function parseConf(text: string, path: string): Map<string, string> {
  const known = Object.keys(settingTable).filter((name) => name !== 'etc'); // it leads to the file
  const values = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    const { key, value } =
      /^\s*(?<key>[^#=\s][^=]*?)\s*=\s*(?<value>.*?)\s*$/u.exec(line)?.groups ?? {};
    if (/^\s*(?:#.*)?$/u.test(line)) continue;
    const where = `${path} line ${index + 1}`;
    if (key === undefined || value === undefined || value === '') {
      throw new StateliteError('ERR_STATELITE_CONFIG', `${where} is not "key = value"`);
    }
    if (!known.includes(key)) {
      throw new StateliteError('ERR_STATELITE_CONFIG', `${where}: unknown key ${key}`, {
        hint: suggest(key, known, `the keys are ${known.join(', ')}`),
      });
    }
    values.set(key, value);
  }
  return values;
}

/** The environment of this process for a program it starts, with what that is to be told besides. */
export function environmentWith(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...more };
}
