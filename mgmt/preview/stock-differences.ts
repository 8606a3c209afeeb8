import type { Situation } from '../../agent/plan/situation.ts';
import type { Verdict } from '../../agent/plan/verdict.ts';
import { parentIn } from '../../agent/rules/family.ts';
import { layout } from '../../agent/rules/layout.ts';
import { isConcatenated, isLink, storeOf } from '../../agent/rules/options.ts';
import { splitList } from '../core/list.ts';

/** Where stock xCAT would serve a path otherwise, by its number in the register of docs/xcat.md. */
export interface StockDifference {
  readonly quirk: string;
  readonly says: string;
}

export interface StockCase {
  readonly verdict: Verdict;
  readonly situation: Situation;
  /** The column osimage.groups as it is written. */
  readonly groups: string;
}

/** The differences that concern an entry, as far as its row and its sources tell. */
export function stockDifferences(stock: StockCase): StockDifference[] {
  const facts = factsOf(stock);
  return rules.flatMap(({ quirk, says, applies }) => (applies(facts) ? [{ quirk, says }] : []));
}

type Facts = ReturnType<typeof factsOf>;

function factsOf({ verdict, situation, groups }: StockCase) {
  const { entry, sources } = verdict;
  const { entries } = situation.entries;
  const hits = situation.trees.filter(({ root }) => sources.from.some((one) => one.root === root));
  const parent = parentIn(entries, entry.path);
  const grandparent = parent === undefined ? undefined : parentIn(entries, parent.path);
  return {
    ...entry,
    store: storeOf(entry.option),
    lost: entry.row.lost,
    specificity: entry.row.specificity,
    groups: splitList(groups),
    hits,
    others: situation.trees.filter((tree) => !hits.includes(tree)),
    parent,
    grandparent,
    wasLink: situation.image.at(layout.links + entry.path).type === 'link',
    hasLinkedStore: [...entries.values()].some(({ option }) => option === 'link,persistent'),
  };
}

interface Rule extends StockDifference {
  readonly applies: (facts: Facts) => boolean;
}

const rules: readonly Rule[] = [
  {
    quirk: 'mgmt QUIRK-2',
    says: 'xCAT ignores litefile rows whose image is blank',
    applies: ({ specificity }) => specificity === 'blank',
  },
  {
    quirk: 'mgmt QUIRK-16',
    says: 'xCAT takes osimage.groups for one name, so the row of a group does not apply',
    applies: ({ specificity, groups }) => specificity === 'group' && groups.length > 1,
  },
  {
    quirk: 'mgmt QUIRK-17',
    says: 'xCAT takes the row for ALL, not the one for a group',
    applies: ({ specificity, lost }) =>
      specificity === 'group' && lost.some((row) => row.specificity === 'ALL'),
  },
  {
    quirk: 'mgmt QUIRK-40',
    says: 'xCAT plants links at every level of nested link rows, which lead in circles',
    applies: ({ option, parent, grandparent }) =>
      [option, parent?.option, grandparent?.option].every(
        (one) => one !== undefined && isLink(one),
      ),
  },
  {
    quirk: 'mgmt QUIRK-44',
    says: 'the image has a symlink there, which xCAT loses: the path leads nowhere',
    applies: ({ wasLink }) => wasLink,
  },
  {
    quirk: 'node QUIRK-07',
    says:
      'xCAT serves only what the trees have of the directory, not what the image has besides; ' +
      'of several trees the last one wins',
    applies: ({ type, parent, store, hits }) =>
      type === 'dir' && parent === undefined && store === 'tmpfs' && hits.length > 0,
  },
  {
    quirk: 'node QUIRK-07',
    says: 'xCAT fills the directory from the first tree alone',
    applies: ({ type, parent, store, hits }) =>
      type === 'dir' &&
      parent === undefined &&
      (store === 'persistent' || store === 'localdisk') &&
      hits.length > 0,
  },
  {
    quirk: 'node QUIRK-07',
    says: 'xCAT shows the last tree that has the directory, not the first',
    applies: ({ type, store, hits }) => type === 'dir' && store === 'none' && hits.length > 1,
  },
  {
    quirk: 'node QUIRK-08',
    says: "xCAT leaves the tree's names that begin with a dot out of a directory below a listed one",
    applies: ({ type, parent, store, hits }) =>
      type === 'dir' && parent !== undefined && store === 'tmpfs' && hits.length > 0,
  },
  {
    quirk: 'node QUIRK-09',
    says: 'after a link,persistent row, xCAT fails to write /etc/resolv.conf',
    applies: ({ path, hasLinkedStore }) => path === '/etc/resolv.conf' && hasLinkedStore,
  },
  {
    quirk: 'node QUIRK-14',
    says: 'xCAT mounts the tree without its mount options',
    applies: ({ hits }) => hits.some(({ tree }) => tree.options.length > 0),
  },
  {
    quirk: 'node QUIRK-16',
    says: 'xCAT never searches a tree without a server',
    applies: ({ hits }) => hits.some(({ tree }) => tree.server === undefined),
  },
  {
    quirk: 'node QUIRK-18',
    says: "with con and no tree that has the file, xCAT leaves the image's own there, read-only",
    applies: ({ option, parent, hits }) =>
      option === 'con' && parent === undefined && hits.length === 0,
  },
  {
    quirk: 'node QUIRK-18',
    says: 'xCAT appends to what the directory above has of the file, here even the same twice',
    applies: ({ option, parent }) => isConcatenated(option) && parent !== undefined,
  },
  {
    quirk: 'node QUIRK-23',
    says: 'xCAT copies the directory above first and then never takes the file of the tree',
    applies: ({ parent, hits }) => parent !== undefined && isKept(parent.option) && hits.length > 0,
  },
  {
    quirk: 'node QUIRK-23',
    says: 'xCAT does not bring it to the local disk: it is lost at the next boot',
    applies: ({ store, parent }) =>
      store === 'localdisk' && parent !== undefined && storeOf(parent.option) !== 'localdisk',
  },
  {
    quirk: 'node QUIRK-47',
    says: 'of several trees with one priority, xCAT knows only one',
    applies: ({ hits, others }) =>
      hits.some(({ tree }) =>
        [...hits, ...others].some(
          (other) => other.tree !== tree && other.tree.priority === tree.priority,
        ),
      ),
  },
  {
    quirk: 'node QUIRK-48',
    says: "xCAT's node script cannot read such a path: blanks, and : & < > * ? [",
    applies: ({ path }) => /[\s:&<>*?[]/u.test(path),
  },
];

function isKept(option: Verdict['entry']['option']): boolean {
  const store = storeOf(option);
  return store === 'persistent' || store === 'localdisk';
}

/** Every number that a difference may have. */
export const quirks: ReadonlySet<string> = new Set(rules.map(({ quirk }) => quirk));
