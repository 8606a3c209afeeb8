import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Io } from '../../mgmt/cli/io.ts';
import { openStore, type Store } from '../../mgmt/db/store.ts';
import { main } from '../../mgmt/main.ts';

/** What one command did. */
export interface Ran {
  readonly code: number;
  /** Lines of stdout. */
  readonly out: string[];
  readonly err: string;
}

/** A management node in a directory of its own: commands run in this process, on a real database. */
export interface Management extends AsyncDisposable {
  readonly directory: string;
  readonly io: Io;
  readonly database: string;
  run(...argv: string[]): Promise<Ran>;
  /** A file to restore or to read settings from; returns its path. */
  write(name: string, text: string): Promise<string>;
  /** The database itself; closed with the rest. */
  store(): Store;
}

/** `io` replaces parts of the process around the commands. */
export async function management(io: Partial<Io> = {}): Promise<Management> {
  const directory = await mkdtemp(join(tmpdir(), 'statelite-mgmt-'));
  const database = join(directory, 'state/statelite.db');
  const opened: Store[] = [];
  const around: Io = {
    env: {
      STATELITE_ETC: join(directory, 'etc'),
      STATELITE_STATE: join(directory, 'state'),
      STATELITE_INSTALLDIR: join(directory, 'install'),
      STATELITE_TFTPDIR: join(directory, 'tftpboot'),
    },
    cwd: directory,
    names: ['statelite'],
    directory,
    out: () => {},
    err: () => {},
    stdin: async () => '',
    stderr: 'plain',
    ...io,
  };
  return {
    directory,
    io: around,
    database,
    async run(...argv) {
      let out = '';
      let err = '';
      const code = await main(argv, {
        ...around,
        out: (text) => void (out += text),
        err: (text) => void (err += text),
      });
      return { code, out: out.split('\n').slice(0, -1), err };
    },
    async write(name, text) {
      const path = join(directory, name);
      await writeFile(path, text);
      return path;
    },
    store() {
      const store = openStore(database);
      opened.push(store);
      return store;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((store) => store.close()));
      await rm(directory, { recursive: true });
    },
  };
}
