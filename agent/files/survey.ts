import { lstat, type Stats } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { hasCode, StateliteError } from '../errors.ts';
import { components } from '../rules/path.ts';
import { type Fact, NotLookedAt, type View } from '../rules/view.ts';

/** Paths in a root that the decision will most likely ask for. */
export interface Expected {
  readonly root: string;
  readonly paths: Iterable<string>;
  /** Also for the names in those of them that are directories. */
  readonly names?: boolean;
}

/**
 * Runs a pure decision over real directories: `look(root)` is a view of one. Whatever the decision
 * asks for and nobody has looked at yet is read, all of it at once, and the decision runs again;
 * the rounds are as many as the paths are deep, not as many as there are paths. What is `expected`
 * is read before the first round, so that few follow. Throws ERR_STATELITE_STORE if a place cannot
 * be read.
 */
export async function surveyed<Result>(
  decide: (look: (root: string) => View) => Result,
  expected: Iterable<Expected> = [],
  { roots }: Facts = knowNothing(),
): Promise<Result> {
  const look = (root: string): RootFacts => {
    const known = roots.get(root) ?? new RootFacts(root);
    roots.set(root, known);
    return known;
  };
  await Promise.all([...expected].map(async (each) => look(each.root).lookAtAll(each)));
  for (;;) {
    try {
      return decide(look);
    } catch (error) {
      if (!(error instanceof NotLookedAt)) throw error;
      await Promise.all([...roots.values()].map((facts) => facts.lookAtWanted()));
    }
  }
}

/** What surveys have read so far; another one on the same roots goes on from it. */
export interface Facts {
  readonly roots: Map<string, RootFacts>;
}

export function knowNothing(): Facts {
  return { roots: new Map() };
}

/** One for all: a decision may throw it thousands of times, and a stack costs more than a lookup. */
const notLookedAt = new NotLookedAt('nobody has looked there yet');

/** The names below a directory that are to be looked at. */
type Names = Map<string, Names>;

class RootFacts implements View {
  readonly #root: string;
  readonly #facts = new Map<string, Fact>();
  readonly #names = new Map<string, readonly string[]>();
  readonly #wantedFacts = new Set<string>();
  readonly #wantedNames = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  at(path: string): Fact {
    const fact = this.#facts.get(path);
    if (fact !== undefined) return fact;
    this.#wantedFacts.add(path);
    throw notLookedAt;
  }

  names(path: string): readonly string[] {
    const names = this.#names.get(path);
    if (names !== undefined) return names;
    this.#wantedNames.add(path);
    throw notLookedAt;
  }

  async lookAtWanted(): Promise<void> {
    const facts = [...this.#wantedFacts].map((path) => this.#lookAt(path));
    const names = [...this.#wantedNames].map((path) => this.#lookInto(path));
    this.#wantedFacts.clear();
    this.#wantedNames.clear();
    await Promise.all([...facts, ...names]);
  }

  /**
   * Looks at paths and the directories above them; not beyond a link, and not where nothing is. A
   * path that no root can have, or that cannot be read, is for the decision to refuse.
   */
  async lookAtAll({ paths, names: wantsNames = false }: Expected): Promise<void> {
    const top: Names = new Map();
    for (const path of paths) {
      const all = components(path);
      if (all.some((name) => name === '.' || name === '..' || name.includes('\0'))) continue;
      let names = top;
      for (const name of all) {
        const known = names.get(name) ?? new Map();
        names.set(name, known);
        names = known;
      }
    }
    await this.#lookBelow('', top, wantsNames ? new Set(paths) : new Set());
  }

  async #lookBelow(directory: string, names: Names, listed: ReadonlySet<string>): Promise<void> {
    const children = [...names].map(async ([name, below]) => {
      const path = `${directory}/${name}`;
      const fact = this.#facts.get(path) ?? (await this.#tryToRead(() => this.#lookAt(path)));
      if (fact?.type !== 'dir') return;
      if (listed.has(path)) await this.#tryToRead(() => this.#lookInto(path));
      if (below.size > 0) await this.#lookBelow(path, below, listed);
    });
    await Promise.all(children);
  }

  async #tryToRead<Result>(read: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await read();
    } catch (error) {
      // The decision may not need it; if it does, it asks, and the error comes back.
      if (error instanceof StateliteError) return undefined;
      throw error;
    }
  }

  async #lookAt(path: string): Promise<Fact> {
    const fact = await this.#read(path, readFact);
    this.#facts.set(path, fact);
    return fact;
  }

  async #lookInto(path: string): Promise<void> {
    this.#names.set(path, await this.#read(path, readNames));
  }

  async #read<Result>(path: string, read: (path: string) => Promise<Result>): Promise<Result> {
    try {
      return await read(this.#root + path); // join() normalises, which takes as long as the look
    } catch (cause) {
      throw new StateliteError('ERR_STATELITE_STORE', `cannot look at ${path} in ${this.#root}`, {
        cause,
        hint: 'can root on this host read there? (NFS exports need no_root_squash)',
      });
    }
  }
}

async function readFact(path: string): Promise<Fact> {
  const stats = await statusOf(path);
  if (stats === undefined) return { type: 'missing' };
  if (stats.isSymbolicLink()) return readLink(path);
  if (stats.isDirectory()) return { type: 'dir' };
  return { type: 'file', regular: stats.isFile(), size: stats.size };
}

/** With a callback: node:fs/promises takes a stack for every path that is missing, and most are. */
function statusOf(path: string): Promise<Stats | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Stats | undefined>();
  lstat(path, (error, stats) => {
    if (error === null) resolve(stats);
    else if (isMissing(error)) resolve(undefined);
    else reject(error);
  });
  return promise;
}

async function readLink(path: string): Promise<Fact> {
  try {
    return { type: 'link', target: await readlink(path) };
  } catch (error) {
    if (isMissing(error)) return { type: 'missing' };
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG');
}

async function readNames(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
