import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One deliberate mistake: a rule of docs/semantics.md broken by one replacement in one source. */
export interface Mutant {
  /** From the root of the repository. */
  readonly file: string;
  /** The number in docs/semantics.md. */
  readonly rule: string;
  /** Exact text; stands in the file exactly once. */
  readonly search: string;
  readonly replace: string;
  /** What a node would do wrong. */
  readonly breaks: string;
}

/** All mutants of a directory's JSON files, by file name, then in the order they are written. */
export async function readMutants(directory: string): Promise<Mutant[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).toSorted();
  const lists = names.map(async (name) => {
    const value: unknown = JSON.parse(await readFile(join(directory, name), 'utf8'));
    return decodeMutants(value, name);
  });
  return (await Promise.all(lists)).flat();
}

/** Checks what a data file holds. Throws an Error that names file, number and field. */
export function decodeMutants(value: unknown, name: string): Mutant[] {
  if (!Array.isArray(value)) throw new Error(`${name} is no list of mutants`);
  return value.map((one: unknown, index) => {
    const text = (key: keyof Mutant): string => {
      const found: unknown = one instanceof Object ? Reflect.get(one, key) : undefined;
      if (typeof found === 'string') return found;
      throw new Error(`mutant ${index + 1} of ${name} has no ${key}`);
    };
    return {
      file: text('file'),
      rule: text('rule'),
      search: text('search'),
      replace: text('replace'),
      breaks: text('breaks'),
    };
  });
}

/** The source with the mistake in it. Throws an Error if its place is not there exactly once. */
export function mutate(source: string, { file, search, replace }: Mutant): string {
  if (search === '' || search === replace) {
    throw new Error(`a mutant of ${file} changes nothing: ${JSON.stringify(search)}`);
  }
  const pieces = source.split(search);
  if (pieces.length === 2) return pieces.join(replace);
  throw new Error(
    `${JSON.stringify(search)} stands ${pieces.length - 1} times in ${file}, not once`,
  );
}
