import { parentIn } from '../../agent/rules/family.ts';
import { nothingSaved } from '../../agent/rules/save.ts';
import type { Winner } from '../../agent/rules/select.ts';
import { nothing } from '../../agent/rules/view.ts';
import { ancestors } from '../../agent/rules/path.ts';
import { type StockCase, stockDifferences } from '../preview/stock-differences.ts';
import type { Finding, Reason } from './finding.ts';

/** Told by which row counts, elsewhere. */
const selection: ReadonlySet<string> = new Set(['mgmt QUIRK-2', 'mgmt QUIRK-16', 'mgmt QUIRK-17']);

/**
 * Paths that the same row serves otherwise on stock xCAT, by the rules that `explain` uses, for an
 * image and trees of which nothing is known. `trees`: whether there are any, which may have it.
 */
export function servedOtherwise(
  winners: ReadonlyMap<string, Winner>,
  groups: string,
  trees: boolean,
): Finding[] {
  const parents = new Set([...winners.keys()].flatMap((path) => [...ancestors(path)]));
  const entries = new Map([...winners].map(([path, row]) => [path, entryOf(row, parents)]));
  const situation = unseenSituation(entries);
  return [...entries.values()].flatMap((entry) => {
    const verdict = { entry, sources: nowhere, fill: undefined, outcome: { reason: 'unseen' } };
    const found = stockDifferences({ verdict, situation, groups });
    const hasParent = parentIn(entries, entry.path) !== undefined;
    return found
      .filter(({ quirk }) => !selection.has(quirk))
      .filter(({ quirk }) => !(quirk === 'node QUIRK-18' && trees && !hasParent))
      .map((reason): Finding => {
        const reasons = [reason, ...alsoOnTheWire(reason, entry.path)];
        return { subject: entry.path, here: entry.option, stock: 'otherwise', reasons };
      });
  });
}

type Entry = StockCase['verdict']['entry'];

function entryOf(row: Winner, parents: ReadonlySet<string>): Entry {
  const { path, written, option } = row;
  const type = row.directory || parents.has(path) ? 'dir' : 'file';
  return { path, written, option, type, original: undefined, row, mtab: false };
}

const nowhere = { from: [], searched: [], warnings: [] };

/** The tables alone: nobody has looked at the image, and no tree is there. */
function unseenSituation(entries: ReadonlyMap<string, Entry>): StockCase['situation'] {
  return {
    entries: { entries, leftAlone: [], mtabInCopy: undefined },
    saved: nothingSaved,
    image: nothing,
    trees: [],
    missingTrees: [],
    persistent: { state: 'none' },
    localdisk: { state: 'none' },
  };
}

/** Of what the node cannot read, these letters are lost on the way to it. */
function alsoOnTheWire({ quirk }: Reason, path: string): Reason[] {
  if (quirk !== 'node QUIRK-48' || !/[:&<]/u.test(path)) return [];
  return [{ quirk: 'mgmt QUIRK-21', says: 'the answer cuts a path at : and escapes & and <' }];
}
