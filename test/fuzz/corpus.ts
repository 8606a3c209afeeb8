import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const directory = join(import.meta.dirname, 'corpus');

/** The inputs that stand in `corpus/<target>/`, with their names, in order. */
export function corpusOf(target: string): readonly [Seed, ...Seed[]] {
  const at = join(directory, target);
  const names = readdirSync(at).toSorted();
  const [first, ...rest] = names.map((name) => ({ name, bytes: readFileSync(join(at, name)) }));
  if (first === undefined) throw new Error(`${at} is empty`);
  return [first, ...rest];
}

export interface Seed {
  readonly name: string;
  readonly bytes: Buffer;
}
