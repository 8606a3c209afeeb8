import { expect, test } from 'vitest';
import type { SeenTree } from '../../conformance/entry.ts';
import { fieldsOf } from '../../conformance/fields.ts';
import { listing, present } from '../../conformance/present.ts';

const file = { type: 'file', mode: '0644', uid: 0, gid: 0, size: 0, content: '' } as const;
const many = Object.fromEntries(Array.from({ length: 251 }, (_, index) => [`/usr/${index}`, file]));

test('a listing of more than 250 objects is summed up', () => {
  const hash: unknown = expect.stringMatching(/^[0-9a-f]{64}$/u);
  expect(listing(many)).toEqual({ summary: { entries: 251, tree_sha256: hash } });
  expect(listing({ ...many })).toEqual(listing(many));
  expect(listing({ ...many, '/usr/0': { ...file, mode: '0600' } })).not.toEqual(listing(many));
  const { '/usr/0': _, ...fewer } = many;
  expect(listing(fewer)).toEqual(fewer);
});

/** The image_after of a run of liteimg. */
function after(before: SeenTree, now: SeenTree): unknown {
  const run = {
    failure: null,
    notes: [],
    save: '',
    stockSave: '',
    hostRun: 'intact',
    before,
    after: now,
  } as const;
  const { liteimg } = present('one', { liteimg: [run], boots: [] });
  return fieldsOf(liteimg[0]?.['image_after'])['changed'];
}

test('of a large image what changed is told, the topmost objects with those below counted', () => {
  const dir = { type: 'dir', mode: '0755', uid: 0, gid: 0 } as const;
  const before = { ...many, '/a': dir, '/a/b': file, '/c': file };
  const now = { ...many, '/c': { ...file, mode: '0600' }, '/d': dir, '/d/e': file };
  expect(after(before, now)).toEqual({
    '/a': { change: 'removed', was: 'dir', descendants: 1 },
    '/c': { change: 'changed', was: file, now: { ...file, mode: '0600' } },
    '/d': { change: 'added', now: dir, descendants: 1 },
  });
});

test('of a small image there are no changes but the whole', () => {
  expect(after({}, { '/c': file })).toBeUndefined();
});
