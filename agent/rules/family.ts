import { StateliteError } from '../errors.ts';
import type { Option } from './options.ts';
import { ancestors } from './path.ts';

/** Which children a parent's option allows (semantics 3.4); the rest is refused. */
const allowed: Readonly<Record<Option, (child: Option) => boolean>> = {
  tmpfs: (child) => !child.startsWith('link'),
  localdisk: (child) => !child.startsWith('link'),
  persistent: (child) => child === 'persistent',
  link: (child) => child.startsWith('link'),
  'link,persistent': (child) => child === 'link,persistent',
  ro: () => false,
  con: () => false,
  'link,ro': () => false,
  'link,con': () => false,
};

/** What the parent's option asks of a child, for the message. */
const demands: Readonly<Record<Option, string>> = {
  tmpfs: 'below a tmpfs directory nothing may be reached by a link',
  localdisk: 'below a localdisk directory nothing may be reached by a link',
  persistent: 'below a persistent directory everything must be persistent',
  link: 'below a link directory everything must be one of the link options',
  'link,persistent': 'below a link,persistent directory everything must be link,persistent',
  ro: 'a read-only directory is served as it is, nothing can be listed below it',
  con: 'a concatenated file has nothing below it',
  'link,ro': 'a read-only directory is served as it is, nothing can be listed below it',
  'link,con': 'a concatenated file has nothing below it',
};

export interface Member {
  readonly path: string;
  readonly written: string;
  readonly option: Option;
}

/** The nearest listed ancestor of a path (semantics 3.3). */
export function parentIn<M>(members: ReadonlyMap<string, M>, path: string): M | undefined {
  for (const above of ancestors(path)) {
    const member = members.get(above);
    if (member !== undefined) return member;
  }
  return undefined;
}

/** Every refused parent and child, in words that name both paths and both options (semantics 3.4). */
export function refusedPairs(members: ReadonlyMap<string, Member>): string[] {
  return [...members.values()].flatMap((child) => {
    const parent = parentIn(members, child.path);
    if (parent === undefined || allowed[parent.option](child.option)) return [];
    return [
      `${JSON.stringify(child.written)} (${child.option}) cannot be below ` +
        `${JSON.stringify(parent.written)} (${parent.option}): ${demands[parent.option]}`,
    ];
  });
}

/** Throws ERR_STATELITE_TABLE if any pair is refused. */
export function checkFamily(members: ReadonlyMap<string, Member>): void {
  const refused = refusedPairs(members);
  if (refused.length === 0) return;
  throw new StateliteError(
    'ERR_STATELITE_TABLE',
    `the litefile table is refused: ${refused.join('; ')}`,
    {
      hint: 'change the option of one of each pair, or list only one of them',
    },
  );
}
