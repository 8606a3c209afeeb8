import { StateliteError } from '../errors.ts';

/** What a litefile row's options mean, in one spelling each (semantics 1.4). */
export type Option =
  | 'tmpfs'
  | 'link'
  | 'persistent'
  | 'link,persistent'
  | 'localdisk'
  | 'ro'
  | 'link,ro'
  | 'con'
  | 'link,con';

export type Store = 'tmpfs' | 'persistent' | 'localdisk' | 'none';

/** Every accepted set of words, sorted and joined; blank is `link` (QUIRK-43: as on the stock wire). */
const meanings: Readonly<Record<string, Option>> = {
  '': 'link',
  link: 'link',
  'rw,tmpfs': 'link',
  tmpfs: 'tmpfs',
  rw: 'tmpfs',
  tempfs: 'tmpfs',
  bind: 'tmpfs',
  persistent: 'persistent',
  'link,persistent': 'link,persistent',
  localdisk: 'localdisk',
  ro: 'ro',
  'link,ro': 'link,ro',
  con: 'con',
  'con,link': 'link,con',
};

const valid =
  'blank, link, tmpfs, rw, "tmpfs,rw", tempfs, bind, persistent, localdisk, ro, con, "link,persistent", "link,ro", "link,con"';

/** Reads the options column; words may come in either order. Throws ERR_STATELITE_ROW with the valid ones. */
export function parseOptions(file: string, options: string): Option {
  const words = options
    .split(',')
    .map((word) => word.trim())
    .filter((word, _, all) => word !== '' || all.length > 1);
  const key = words.toSorted().join(',');
  const meaning = Object.hasOwn(meanings, key) ? meanings[key] : undefined;
  if (meaning !== undefined) return meaning;
  throw new StateliteError(
    'ERR_STATELITE_ROW',
    `litefile row ${JSON.stringify(file)} has the unknown options ${JSON.stringify(options)}`,
    { hint: `valid options: ${valid}` },
  );
}

/** Whether the node reaches the content through a symlink that liteimg plants. */
export function isLink(option: Option): boolean {
  return option.startsWith('link');
}

/** Where an entry's content lives on the node. */
export function storeOf(option: Option): Store {
  switch (option) {
    case 'tmpfs':
    case 'link':
    case 'con':
    case 'link,con':
      return 'tmpfs';
    case 'persistent':
    case 'link,persistent':
      return 'persistent';
    case 'localdisk':
      return 'localdisk';
    case 'ro':
    case 'link,ro':
      return 'none';
  }
}

/** Whether the content is every tree's file, joined (semantics 2.3). */
export function isConcatenated(option: Option): boolean {
  return option === 'con' || option === 'link,con';
}
