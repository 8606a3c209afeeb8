import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Client } from 'pg';

/** A PostgreSQL server of its own, reached by a socket in a directory of its own. */
export interface PostgresServer extends AsyncDisposable {
  /** Makes an empty database; returns its URL. */
  createDatabase(): Promise<string>;
  /** A server that stops at once, as by a crash, and may be started again. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const run = promisify(execFile);

/** The server refuses root: it runs as nobody, from Debian's package. */
const account = { uid: 65534, gid: 65534 };
const asNobody = [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'];

export async function postgresServer(): Promise<PostgresServer> {
  const directory = await mkdtemp(join(tmpdir(), 'statelite-postgres-'));
  const data = join(directory, 'data');
  const bin = await binaries();
  await mkdir(data);
  for (const path of [directory, data]) await chown(path, account.uid, account.gid);
  const initdb = [join(bin, 'initdb'), '-D', data, '-U', 'root', '-A', 'trust', '--no-sync'];
  await run('setpriv', [...asNobody, ...initdb, '-E', 'UTF8', '--locale=C.UTF-8'], {
    cwd: directory,
  });
  let stop = await start(bin, directory, data);
  let databases = 0;
  return {
    async createDatabase() {
      const name = `test${(databases += 1)}`;
      const client = new Client({ host: directory, user: 'root', database: 'postgres' });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return `postgresql:///${name}?host=${directory}`;
    },
    stop: () => stop(),
    async start() {
      stop = await start(bin, directory, data);
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(directory, { recursive: true });
    },
  };
}

/** Starts the server and waits until it answers; returns what stops it. */
async function start(bin: string, directory: string, data: string): Promise<() => Promise<void>> {
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${directory}`,
    'fsync=off',
    'max_connections=120',
    'shared_buffers=32MB',
  ].flatMap((setting) => ['-c', setting]);
  const child = spawn('setpriv', [...asNobody, join(bin, 'postgres'), '-D', data, ...settings], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(child, 'exit');
  const said: string[] = [];
  const lines = createInterface({ input: child.stderr });
  const ready = new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      said.push(line);
      if (line.includes('ready to accept connections')) resolve();
    });
    child.on('exit', () => reject(new Error(`postgres ended:\n${said.join('\n')}`)));
    child.on('error', reject);
  });
  await ready;
  return async () => {
    child.kill('SIGQUIT');
    await exited;
  };
}

/** Debian keeps them out of the PATH, in a directory for each version. */
async function binaries(): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql');
  const [newest = ''] = versions.toSorted((a, b) => Number(b) - Number(a));
  return join('/usr/lib/postgresql', newest, 'bin');
}
