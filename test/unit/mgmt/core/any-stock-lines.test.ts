import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LitefileRow, LitetreeRow, Specificity } from '../../../../agent/protocol/answer.ts';
import {
  parseStockReply,
  renderStockLines,
  stockInfo,
  stockLitefileRows,
  stockLitetreeRows,
} from '../../../../agent/protocol/stock-xml.ts';
import { entriesOf } from '../../../../agent/rules/entries.ts';
import { orderTrees } from '../../../../agent/rules/litetree.ts';
import { nothingSaved } from '../../../../agent/rules/save.ts';
import { stockLitefile, stockLitetree } from '../../../../mgmt/core/stock-answer.ts';
import { anyRows, attempt } from '../../../helpers/arbitrary.ts';
import { clusterOf } from '../../../helpers/cluster.ts';
import { anyRenaming, hostileNames, renamedRows } from '../../../helpers/hostile.ts';
import { memoryView } from '../../../helpers/views.ts';

const node = {
  nodelist: [{ node: 'n1', groups: 'all' }],
  nodetype: [{ node: 'n1', provmethod: 'img' }],
  osimage: [{ imagename: 'img', groups: 'hpc' }],
};

/** How a table names an image so precisely. */
const columns: Readonly<Record<Specificity, string>> = {
  image: 'img',
  group: 'hpc',
  ALL: 'ALL',
  blank: '',
};

/** Names without these: stock lines end there too. */
const lineBreak = /[\r\u2028\u2029]/u;

/** What a stock node gets over the wire. */
const sent = (lines: readonly string[]) =>
  stockInfo(parseStockReply(Buffer.from(renderStockLines(lines, 'mn'))));

function entriesIn(rows: readonly LitefileRow[]) {
  const image = memoryView({ '/etc/mtab': 'x' });
  const decided = attempt(() => entriesOf(rows, image, nothingSaved));
  return [...(decided?.entries.values() ?? [])].map(({ path, option, type, mtab }) => [
    path,
    option,
    type,
    mtab,
  ]);
}

function placesOf(rows: readonly LitetreeRow[]) {
  return orderTrees(rows).map(({ server, directory, options, optional }) => [
    server,
    directory,
    options,
    optional,
  ]);
}

test('1 a node that asks in the stock way decides the entries that the rows themselves give', () => {
  const anyLineRenaming = anyRenaming.filter(
    (names) => !Object.values(names).some((name) => lineBreak.test(name)),
  );
  fc.assert(
    fc.property(anyRows, anyLineRenaming, (small, names) => {
      const rows = renamedRows(small, names);
      const litefile = rows.map(({ specificity, file, options }) => ({
        image: columns[specificity],
        file,
        options,
      }));
      const lines = attempt(() => stockLitefile('n1', clusterOf({ ...node, litefile })));
      fc.pre(lines !== undefined);
      expect(entriesIn(stockLitefileRows(sent(lines)))).toEqual(entriesIn(rows));
    }),
  );
});

test('1.7 and searches the trees in the order that the rows themselves give', () => {
  const anyTree = fc.record({
    priority: fc.constantFrom('1', '1.0', '2', '10', '-1'),
    directory: fc
      .tuple(fc.constantFrom('', 'mn:', '[fd00::1]:'), fc.constantFrom(...hostileNames))
      .filter(([, name]) => !name.includes('$') && !lineBreak.test(name))
      .map(([server, name]) => `${server}/lite/${name}/x`),
    mntopts: fc.constantFrom('', 'soft', 'nofail', 'soft, timeo=30'),
    specificity: fc.constantFrom<Specificity>('image', 'group', 'ALL', 'blank'),
  });
  fc.assert(
    fc.property(fc.array(anyTree, { maxLength: 5 }), (rows) => {
      const litetree = rows.map(({ specificity, ...row }) => ({
        ...row,
        image: columns[specificity],
      }));
      const lines = attempt(() => stockLitetree('n1', clusterOf({ ...node, litetree })));
      fc.pre(lines !== undefined);
      expect(placesOf(stockLitetreeRows(sent(lines)))).toEqual(placesOf(rows));
    }),
  );
});
