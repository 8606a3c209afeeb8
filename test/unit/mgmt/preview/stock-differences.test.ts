import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { plan } from '../../../../agent/plan/plan.ts';
import { quirks, stockDifferences } from '../../../../mgmt/preview/stock-differences.ts';
import { row } from '../../../helpers/rows.ts';
import { situationOf, type Wishes } from '../../../helpers/situations.ts';

function quirksOf(path: string, wishes: Wishes, groups = ''): string[] {
  const situation = situationOf(wishes);
  const verdict = plan(situation).verdicts.get(path);
  if (verdict === undefined) throw new Error(`no entry ${path}`);
  return stockDifferences({ verdict, situation, groups }).map(({ quirk }) => quirk);
}

const image = { '/etc/app/own': 'x', '/etc/motd': 'x', '/etc/alias': '-> motd', '/a/b/c': 'x' };
const one = { 'mn:/1': { '/etc/app/f': '1', '/etc/motd': '1' } };
const two = { ...one, 'mn:/2': { '/etc/app/f': '2' } };

describe('where stock xCAT differs', () => {
  test.each<[string, string, Wishes, string?]>([
    ['mgmt QUIRK-2', '/etc/motd', { rows: [row('/etc/motd', 'tmpfs', 'blank')] }],
    ['mgmt QUIRK-16', '/etc/motd', { rows: [row('/etc/motd', 'tmpfs', 'group')] }, 'a,b'],
    [
      'mgmt QUIRK-17',
      '/etc/motd',
      { rows: [row('/etc/motd', 'tmpfs', 'group'), row('/etc/motd', 'link', 'ALL')] },
    ],
    ['mgmt QUIRK-40', '/a/b/c', { rows: ['/a/', '/a/b/', '/a/b/c'].map((f) => row(f, 'link')) }],
    ['mgmt QUIRK-44', '/etc/alias', { rows: [row('/etc/alias', 'link')] }],
    ['node QUIRK-07', '/etc/app', { rows: [row('/etc/app/')], trees: one }],
    ['node QUIRK-07', '/etc/app', { rows: [row('/etc/app/', 'persistent')], trees: one }],
    ['node QUIRK-07', '/etc/app', { rows: [row('/etc/app/', 'ro')], trees: two }],
    ['node QUIRK-08', '/etc/app', { rows: [row('/etc/'), row('/etc/app/')], trees: one }],
    [
      'node QUIRK-09',
      '/etc/resolv.conf',
      { rows: [row('/etc/resolv.conf'), row('/etc/motd', 'link,persistent')] },
    ],
    ['node QUIRK-18', '/etc/motd', { rows: [row('/etc/motd', 'con')] }],
    [
      'node QUIRK-23',
      '/etc/app/f',
      { rows: [row('/etc/app/', 'persistent'), row('/etc/app/f', 'persistent')], trees: one },
    ],
    ['node QUIRK-48', '/etc/a b', { rows: [row('/etc/a b')] }],
  ])('%s concerns %s', (quirk, path, wishes, groups) => {
    expect(quirksOf(path, { image, ...wishes }, groups)).toContain(quirk);
  });

  test.each([
    ['node QUIRK-14', { options: ['soft'] }],
    ['node QUIRK-16', { server: undefined }],
    ['node QUIRK-47', { priority: 2 }],
  ])('%s concerns what such a tree has', (quirk, change) => {
    const situation = situationOf({ rows: [row('/etc/motd')], image, trees: two });
    const [first, second] = situation.trees;
    if (first === undefined || second === undefined) throw new Error('two trees were given');
    const trees = [
      { ...first, tree: { ...first.tree, ...change } },
      { ...second, tree: { ...second.tree, priority: 2 } },
    ];
    const verdict = plan({ ...situation, trees }).verdicts.get('/etc/motd');
    if (verdict === undefined) throw new Error('it is listed');
    const found = stockDifferences({ verdict, situation: { ...situation, trees }, groups: '' });
    expect(found.map((difference) => difference.quirk)).toEqual([quirk]);
  });

  test.each<[string, Wishes]>([
    ['a file from the image', { rows: [row('/etc/motd')] }],
    ['a file from one tree', { rows: [row('/etc/motd')], trees: one }],
    ['a file that is kept', { rows: [row('/etc/motd', 'persistent')], trees: one }],
    ['a concatenated file of trees', { rows: [row('/etc/motd', 'con')], trees: one }],
  ])('not at all for %s', (_, wishes) => {
    expect(quirksOf('/etc/motd', { image, ...wishes })).toEqual([]);
  });

  test('is written down for those who move over', () => {
    const text = readFileSync(new URL('../../../../docs/xcat.md', import.meta.url), 'utf8');
    expect([...quirks].filter((quirk) => !text.includes(quirk))).toEqual([]);
  });
});
