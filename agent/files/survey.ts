import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, StateliteError } from '../errors.ts';
import { type Fact, NotLookedAt, type View } from '../rules/view.ts';

/**
 * Runs a pure decision over real directories: `look(root)` is a view of one. Whatever the decision
 * asks for and nobody has looked at yet is read, all of it at once, and the decision runs again;
 * the rounds are as many as the paths are deep, not as many as there are paths.
 * Throws ERR_STATELITE_STORE if a place cannot be read.
 */
export async function surveyed<Result>(
  decide: (look: (root: string) => View) => Result,
): Promise<Result> {
  const roots = new Map<string, RootFacts>();
  const look = (root: string): View => {
    const known = roots.get(root) ?? new RootFacts(root);
    roots.set(root, known);
    return known;
  };
  for (;;) {
    try {
      return decide(look);
    } catch (error) {
      if (!(error instanceof NotLookedAt)) throw error;
      await Promise.all([...roots.values()].map((facts) => facts.lookAtWanted()));
    }
  }
}

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
    throw new NotLookedAt(path);
  }

  names(path: string): readonly string[] {
    const names = this.#names.get(path);
    if (names !== undefined) return names;
    this.#wantedNames.add(path);
    throw new NotLookedAt(path);
  }

  async lookAtWanted(): Promise<void> {
    const facts = [...this.#wantedFacts].map(async (path) => {
      this.#facts.set(path, await this.#read(path, readFact));
    });
    const names = [...this.#wantedNames].map(async (path) => {
      this.#names.set(path, await this.#read(path, readNames));
    });
    this.#wantedFacts.clear();
    this.#wantedNames.clear();
    await Promise.all([...facts, ...names]);
  }

  async #read<Result>(path: string, read: (path: string) => Promise<Result>): Promise<Result> {
    try {
      return await read(join(this.#root, path));
    } catch (cause) {
      throw new StateliteError('ERR_STATELITE_STORE', `cannot look at ${path} in ${this.#root}`, {
        cause,
        hint: 'can root on this host read there? (NFS exports need no_root_squash)',
      });
    }
  }
}

async function readFact(path: string): Promise<Fact> {
  try {
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) return { type: 'link', target: await readlink(path) };
    if (stats.isDirectory()) return { type: 'dir' };
    return { type: 'file', regular: stats.isFile(), size: stats.size };
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG')) return { type: 'missing' };
    throw error;
  }
}

async function readNames(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
