import { constants, tmpdir } from 'node:os';
import { StateliteError } from '../errors.ts';
import { loadNative } from '../native/load.ts';
import { components } from '../rules/path.ts';
import { type Fact, NotLookedAt, type View } from '../rules/view.ts';
import { bytesOf, textOf } from './bytes.ts';
import { FileFault } from './fault.ts';

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
    const facts = [...this.#wantedFacts].map((path): Wish => ({ path, names: false }));
    const names = [...this.#wantedNames].map((path): Wish => ({ path, names: true }));
    this.#wantedFacts.clear();
    this.#wantedNames.clear();
    const [failure] = await this.#look([...facts, ...names]);
    if (failure !== undefined) throw this.#failed(failure);
  }

  /**
   * Looks at paths and the directories above them; not beyond a link, and not where nothing is. A
   * path that no root can have, or that cannot be read, is for the decision to refuse: it may not
   * need it; if it does, it asks, and the error comes back.
   */
  async lookAtAll({ paths, names = false }: Expected): Promise<void> {
    const wishes: Wish[] = [];
    const known = new Map<string, Way>();
    for (const path of paths) {
      const all = components(path);
      if (all.some((name) => name === '.' || name === '..' || name.includes('\0'))) continue;
      let place = '';
      let way: Way = 'open';
      for (const [index, name] of all.entries()) {
        place = `${place}/${name}`;
        way = this.#wish(place, names && index === all.length - 1, way, known, wishes);
      }
    }
    await this.#look(wishes);
  }

  /** Adds what is not known yet to the wishes; says whether one may go on below it. */
  #wish(path: string, names: boolean, above: Way, known: Map<string, Way>, wishes: Wish[]): Way {
    if (above === 'closed') return above;
    const before = known.get(path);
    const fact = this.#facts.get(path);
    const wantsNames = names && !this.#names.has(path);
    const isWished = typeof before === 'number';
    if (isWished && wantsNames) wishes[before] = { path, above, names: true };
    if (isWished || (before !== undefined && !wantsNames)) return before;
    let way: Way = fact?.type === 'dir' ? 'open' : 'closed';
    if (fact === undefined) way = wishes.push({ path, above, names: wantsNames }) - 1;
    else if (wantsNames && way === 'open') wishes.push({ path, above, names: true });
    known.set(path, way);
    return way;
  }

  /** Looks at all of them in one go; answers those that cannot be looked at. */
  async #look(wishes: readonly Wish[]): Promise<Failure[]> {
    if (wishes.length === 0) return [];
    const hasNul = [this.#root, ...wishes.map(({ path }) => path)].some((text) =>
      text.includes('\0'),
    );
    if (hasNul) return wishes.map(({ path }) => ({ path, errno: constants.errno.EINVAL }));
    const request = wishes.map(({ path, above, names }) => {
      const index = typeof above === 'number' ? String(above) : '';
      return index + (path === '/' ? '' : path) + (names ? '/' : '');
    });
    const answer = await loadNative(tmpdir()).look(
      bytesOf(this.#root),
      bytesOf(request.join('\0')),
    );
    const records = textOf(answer).split('\0');
    return wishes.flatMap((wish, index) => this.#take(wish, records[index] ?? ''));
  }

  /** Takes one record of the addon's `look`. */
  #take({ path, names }: Wish, record: string): Failure[] {
    const [type, rest] = [record.slice(0, 1), record.slice(1)];
    if (type === 's') return [];
    if (type === 'e') return [{ path, errno: Number(rest) }];
    this.#facts.set(path, factOf(type, rest));
    if (type === 'E') return [{ path, errno: Number(rest) }];
    if (names) this.#names.set(path, type === 'D' && rest !== '' ? rest.split('/').toSorted() : []);
    return [];
  }

  #failed({ path, errno }: Failure): StateliteError {
    return new StateliteError('ERR_STATELITE_STORE', `cannot look at ${path} in ${this.#root}`, {
      cause: new FileFault(errno, 'reading', bytesOf(this.#root + path)),
      hint: 'can root on this host read there? (NFS exports need no_root_squash)',
    });
  }
}

/** A path to look at; if it is a directory, perhaps at the names in it. */
interface Wish {
  readonly path: string;
  readonly names: boolean;
  readonly above?: Way;
}

/** Whether a directory is there: it is, it is not, or that wish will tell. */
type Way = 'open' | 'closed' | number;

interface Failure {
  readonly path: string;
  readonly errno: number;
}

function factOf(type: string, rest: string): Fact {
  switch (type) {
    case 'd':
    case 'D':
    case 'E':
      return { type: 'dir' };
    case 'l':
      return { type: 'link', target: rest };
    case 'f':
    case 'o':
      return { type: 'file', regular: type === 'f', size: Number(rest) };
    default:
      return { type: 'missing' };
  }
}
