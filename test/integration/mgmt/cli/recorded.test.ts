import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { parseStockReply } from '../../../../agent/protocol/stock-xml.ts';
import { test as base } from '../../../helpers/mgmt-test.ts';

/** What a stock daemon answered; test/fixtures/xcatd was recorded from xCAT 2.19. */
function recorded(name: string) {
  const { pathname } = new URL(`../../../fixtures/xcatd/${name}.rsp`, import.meta.url);
  return parseStockReply(readFileSync(pathname, 'utf8'));
}

const names = [
  'litefile',
  'litetree',
  'noderes',
  'nodetype',
  'osimage',
  'linuximage',
  'statelite',
  'policy',
];

/** Runs no commands: `#CMD=uname -s#` is what that would have printed. */
const dumpOf = (table: string) =>
  recorded(`root-tabdump-${table}`).data.map((line) => line.replace('#CMD=uname -s#', 'Linux'));

/** A management node with the tables of the stock one. */
const test = base.extend('mn', async ({ mn }) => {
  for (const table of names) {
    await mn.write(`${table}.csv`, dumpOf(table).join('\n'));
    await mn.run('tabrestore', `${table}.csv`);
  }
  await mn.run('nodeadd', 'n[1-3]', 'groups=compute');
  return mn;
});

test.for(names)(
  'the %s table of a stock daemon is restored and dumped as it was',
  async (table, { mn }) => {
    expect((await mn.run('tabdump', table)).out).toEqual(dumpOf(table));
  },
);

describe('with the tables of a stock daemon, the same is printed by', () => {
  test.for<[string[], string]>([
    [['litefile', 'n1'], 'node-litefile'],
    [['litetree', 'n1-n3'], 'root-litetree-range'],
    [['ilitefile', 'rhcompute'], 'root-ilitefile'],
    [['ilitefile', 'slcompute'], 'root-ilitefile-sles'],
    [['lslite', '-i', 'slcompute'], 'root-lslite-image'],
    [['lslite', 'n1'], 'root-lslite-node'],
  ])('%j', async ([argv, name], { mn }) => {
    const { code, out } = await mn.run(...argv);
    expect(code).toBe(0);
    // An info element may end with a line break of its own.
    expect(out).toEqual(recorded(name).info.flatMap((line) => line.split('\n')));
  });
});
