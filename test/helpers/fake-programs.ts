import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One run of a program that only pretends. */
export interface Call {
  readonly argv: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly stdin: string;
}

/** Programs of a test, in a directory for its PATH, and who called them with what. */
export interface FakePrograms {
  readonly directory: string;
  /** Makes a program: `body` is the end of a sh script that has its words in $@. */
  readonly make: (name: string, body: string) => Promise<void>;
  /** The calls so far, in order. */
  readonly calls: () => Promise<Call[]>;
  readonly forget: () => Promise<void>;
}

/** Each run is recorded before its body runs, with all of standard input if `reads` it. */
export async function fakePrograms(
  directory: string,
  { reads = true }: { readonly reads?: boolean } = {},
): Promise<FakePrograms> {
  const records = join(directory, 'calls');
  await mkdir(records, { recursive: true });
  const record = [
    '#!/bin/sh',
    `record=$(mktemp -d '${records}'/$(date +%s%N).XXXX)`,
    String.raw`printf '%s\0' "$@" > "$record/argv"`,
    'env -0 > "$record/env"',
    reads ? 'cat > "$record/stdin"' : ': > "$record/stdin"',
    'mv "$record" "$record.done"',
  ].join('\n');
  return {
    directory,
    async make(name, body) {
      const path = join(directory, name);
      await writeFile(path, `${record}\n${body}\n`);
      await chmod(path, 0o755);
    },
    async calls() {
      const names = (await readdir(records)).filter((name) => name.endsWith('.done')).toSorted();
      return Promise.all(names.map(async (name) => readCall(join(records, name))));
    },
    async forget() {
      await rm(records, { recursive: true });
      await mkdir(records);
    },
  };
}

async function readCall(directory: string): Promise<Call> {
  const read = async (name: string) => readFile(join(directory, name), 'utf8');
  const env = (await read('env')).split('\0').map((line): [string, string] => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1)];
  });
  return {
    argv: (await read('argv')).split('\0').slice(0, -1),
    env: new Map(env),
    stdin: await read('stdin'),
  };
}
