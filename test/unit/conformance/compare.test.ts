import { expect, test } from 'vitest';
import { compare } from '../../conformance/compare.ts';
import type { Json } from '../../conformance/entry.ts';
import { fieldsOf } from '../../conformance/fields.ts';
import type { Outcome } from '../../conformance/present.ts';

const file = { type: 'file', mode: '0644', uid: 0, gid: 0, size: 2, content: 'a\n' };
const directory = { type: 'dir', mode: '0755', uid: 0, gid: 0 };
const outcome: Outcome = {
  id: 'one',
  liteimg: [{ errors: [], image_after: { '/etc/a': file }, host_run_after: 'intact' }],
  boots: [
    {
      paths: {
        '/etc/a': {
          ...file,
          mount: 'tmpfs:/etc/a',
          source: 'tmpfs:/etc/a',
          mount_ro: false,
          writable: true,
        },
        '/etc/l': {
          type: 'link',
          target: 'a',
          uid: 0,
          gid: 0,
          source: 'image:/etc/a',
          mount_ro: true,
          writable: false,
          resolved: { ...file, path: '/etc/a' },
        },
        '/srv/d/': {
          ...directory,
          source: 'image:/srv/d',
          mount_ro: true,
          writable: false,
          entries: { '/x': file },
        },
      },
      tmpfs: { '/etc/a': file },
      persistent: { '/dev': { type: 'char', mode: '0600', uid: 0, gid: 0, rdev: [1, 3] } },
      localdisk: { '/two': { ...file, nlink: 2 } },
      view: { '/etc/a': { ...file, mount: 'tmpfs:/etc/a' } },
      node_writes: [{ write: '/etc/a', ok: true }],
    },
  ],
};

test('a record that says the same has no difference', () => {
  expect(compare(outcome, outcome)).toEqual([]);
});

/** Each is a change of the record that must be found, and what is told of it. */
const changes: readonly (readonly [keys: string, value: Json, told: string])[] = [
  ['liteimg 0 errors', ['no'], 'liteimg/0  refused'],
  ['liteimg 0 host_run_after', [], 'liteimg/0  host_run_after'],
  ['liteimg 0 image_after /etc/a content', 'b\n', 'liteimg/0/image_after /etc/a content'],
  ['liteimg 0 image_after /etc/b', file, 'liteimg/0/image_after /etc/b type'],
  ['boots 0 paths /etc/a type', 'dir', 'boots/0/paths /etc/a type'],
  ['boots 0 paths /etc/a mode', '0600', 'boots/0/paths /etc/a mode'],
  ['boots 0 paths /etc/a uid', 1, 'boots/0/paths /etc/a uid'],
  ['boots 0 paths /etc/a gid', 1, 'boots/0/paths /etc/a gid'],
  ['boots 0 paths /etc/a source', 'image:/etc/a', 'boots/0/paths /etc/a source'],
  ['boots 0 paths /etc/a mount_ro', true, 'boots/0/paths /etc/a mount_ro'],
  ['boots 0 paths /etc/a writable', false, 'boots/0/paths /etc/a writable'],
  ['boots 0 paths /etc/a mount', null, 'boots/0/paths /etc/a mount'],
  ['boots 0 paths /etc/l target', 'b', 'boots/0/paths /etc/l target'],
  ['boots 0 paths /etc/l resolved content', 'b\n', 'boots/0/paths /etc/l resolved.content'],
  ['boots 0 paths /etc/l resolved path', '/etc/b', 'boots/0/paths /etc/l resolved.path'],
  ['boots 0 paths /srv/d/ entries /x mode', '0600', 'boots/0/paths /srv/d/x mode'],
  ['boots 0 paths /srv/d/ entries /y', file, 'boots/0/paths /srv/d/y type'],
  ['boots 0 paths /etc/other', { type: 'file' }, 'boots/0/paths /etc/other type'],
  ['boots 0 tmpfs /etc/a sha256', 'x', ''],
  ['boots 0 tmpfs /etc/a content', 'b\n', 'boots/0/tmpfs /etc/a content'],
  ['boots 0 persistent /dev rdev', [1, 5], 'boots/0/persistent /dev rdev'],
  ['boots 0 localdisk /two nlink', null, 'boots/0/localdisk /two nlink'],
  ['boots 0 view /etc/a mount', null, 'boots/0/view /etc/a mount'],
  ['boots 0 node_writes 0 ok', false, 'boots/0/node_writes {"write":"/etc/a","ok":true} ok'],
  ['boots 0 log', ['something else'], ''],
  ['boots 0 stderr', ['something else'], ''],
  ['boots', [], 'boots  boots'],
];

test.each(changes)('a record with another %s is told apart', (keys, value, told) => {
  const found = compare(outcome, changed(outcome, keys, value));
  expect(found.map(({ where, path, field }) => `${where} ${path} ${field}`).join('\n')).toBe(told);
});

test('values of both sides are in a difference', () => {
  const [found] = compare(outcome, changed(outcome, 'boots 0 paths /etc/a mode', '0600'));
  expect(found).toMatchObject({ ours: '0644', stock: '0600' });
});

test('of a boot that failed on one side, only that is told', () => {
  const failed = { ...outcome.boots[0], error: { code: 'ERR_STATELITE_STORE' }, tmpfs: {} };
  const found = compare({ ...outcome, boots: [failed] }, outcome);
  expect(found).toEqual([
    { where: 'boots/0', path: '', field: 'error', ours: 'ERR_STATELITE_STORE', stock: null },
  ]);
});

test('a stacked mount is a mount like another', () => {
  const twice = changed(outcome, 'boots 0 paths /etc/a mount', ['tmpfs:/etc/a', 'tmpfs:/etc/a']);
  expect(compare(outcome, twice)).toEqual([]);
});

test('of a long listing the number of objects and the changes are compared', () => {
  const found = compare(long(300, file), long(301, { ...file, mode: '0600' }));
  expect(found.map(({ path, field }) => `${path} ${field}`)).toEqual([' entries', '/etc/a mode']);
});

test('litefile.save is compared by its entries, a long one by what stock would write', () => {
  const ours = ': link          /etc/a\n';
  const notes = [{ ours, expected: '' }];
  expect(compare(save('x'), save('img: link      /etc/a\n'), notes)).toEqual([]);
  expect(compare(save('x'), save('img: tmpfs     /etc/a\n'), notes)).toHaveLength(1);
});

/** A large image in which one object was added. */
function long(entries: number, now: Json): Outcome {
  return {
    ...outcome,
    boots: [],
    liteimg: [
      {
        errors: [],
        image_after: {
          summary: { entries, tree_sha256: String(entries) },
          changed: { '/etc/a': { change: 'added', now } },
        },
        host_run_after: 'intact',
      },
    ],
  };
}

/** An image with a litefile.save. */
function save(content: string): Outcome {
  return {
    id: 'one',
    boots: [],
    liteimg: [{ image_after: { '/.statelite/litefile.save': { ...file, content } } }],
  };
}

/** A copy in which the value at the keys is another one, or with null gone. */
function changed(value: unknown, keys: string, other: Json): Json {
  const change = (at: unknown, [key = '', ...rest]: readonly string[]): Json => {
    if (Array.isArray(at)) {
      return at.map((item, index) => (String(index) === key ? change(item, rest) : item));
    }
    const { [key]: old, ...others } = fieldsOf(at);
    if (rest.length > 0) return { ...others, [key]: change(old, rest) };
    return other === null ? others : { ...others, [key]: other };
  };
  return change(value, keys.split(' '));
}

test.each<[record: object]>([
  [{}],
  [{ liteimg: [{}] }],
  [{ boots: [{ view: { '/etc/a': { ...file, mount: 'tmpfs:/etc/a' } } }] }],
  [{ boots: [null] }],
  [{ liteimg: [{ errors: [], host_run_after: 'intact' }], boots: [{ exit: 1 }] }],
])('what a record does not have is not compared: %j', (record) => {
  expect(compare(outcome, record)).toEqual([]);
});
