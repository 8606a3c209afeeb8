import { describe, expect, test } from 'vitest';
import { matchesClient } from '../../../../mgmt/doctor/client-match.ts';
import { type Exported, parseExports } from '../../../../mgmt/doctor/exports-file.ts';
import { judgeExports } from '../../../../mgmt/doctor/exports.ts';
import { parseGanesha, remembersNames } from '../../../../mgmt/doctor/ganesha-config.ts';
import type { NeededMount } from '../../../../mgmt/doctor/needed-mounts.ts';
import { judgeServer } from '../../../../mgmt/doctor/nfs-servers.ts';
import { renderExports, renderGanesha } from '../../../../mgmt/setup/nfs.ts';

const wanted: Exported[] = [
  { path: '/install/netboot', client: '10.0.0.0/24', access: 'ro', keepsRoot: true },
  { path: '/state and more', client: '10.0.0.0/24', access: 'rw', keepsRoot: true },
];
const written = wanted.map(({ path, access }) => ({ path, access }));

test('what setup writes for the kernel is read as it was meant', () => {
  expect(parseExports(renderExports(written, ['10.0.0.0/24']))).toEqual(wanted);
});

test('what setup writes for nfs-ganesha is read as it was meant', () => {
  const rest = { clients: ['10.0.0.0/24'], servers: ['10.0.0.1'], recovery: '/var/x' };
  expect(parseGanesha(renderGanesha({ exports: written, ...rest }))).toEqual(wanted);
});

describe('an nfs-ganesha that remembers directories', () => {
  const rest = { clients: ['*'], servers: ['10.0.0.1'], recovery: '/var/x' };

  test.each([
    ['what setup writes', renderGanesha({ exports: written, ...rest }), false],
    ['nothing', '', true],
    ['another number', 'MDCACHE { Dir_Chunk = 128; }', true],
    ['the old name of the block', 'CacheInode { dir_chunk = 0; }', false],
    ['a comment', 'MDCACHE { # Dir_Chunk = 0;\n }', true],
    ['another block', 'EXPORT { Dir_Chunk = 0; }', true],
  ])('is known by its configuration: %s', (_, text, remembers) => {
    expect(remembersNames(text)).toBe(remembers);
  });

  test('is a warning that names the file, where nodes have an image from it', () => {
    const server = {
      kind: 'seen',
      by: 'ganesha',
      exports: parseExports('/install *(ro,no_root_squash)'),
      written: [],
      remembering: '/etc/ganesha/ganesha.conf',
    } as const;
    expect(judgeExports([mount('image', '/install')], server, '/e')).toMatchObject([
      {
        level: 'warn',
        message: expect.stringContaining('/etc/ganesha/ganesha.conf'),
        hint: expect.stringContaining('MDCACHE { Dir_Chunk = 0; }'),
      },
    ]);
    expect(judgeExports([mount('tree', '/install')], server, '/e')).toMatchObject([
      { level: 'ok' },
    ]);
  });
});

test.each<[string, Partial<Exported>[]]>([
  ['/a *(rw,no_root_squash)', [{ client: '*', access: 'rw', keepsRoot: true }]],
  ['/a', [{ client: '*', access: 'ro', keepsRoot: false }]],
  [
    '/a\t10.0.0.1(ro,root_squash,sync) n*(rw)',
    [
      { client: '10.0.0.1', access: 'ro' },
      { client: 'n*', access: 'rw' },
    ],
  ],
  [
    '/a -rw,no_root_squash h1 h2(ro)',
    [
      { access: 'rw', keepsRoot: true },
      { access: 'ro', keepsRoot: true },
    ],
  ],
  ['/a *(rw,no_root_squash,all_squash)', [{ keepsRoot: false }]],
  ['# /a *(rw)', []],
  ['"/a b" \\\n  h1(rw)', [{ path: '/a b', client: 'h1' }]],
])('the line %j of exports(5)', (line, expected) => {
  expect(parseExports(line)).toMatchObject(expected);
});

test.each([
  ['*', true],
  ['10.0.0.7', true],
  ['10.0.0.8', false],
  ['10.0.0.0/24', true],
  ['10.0.0.0/255.255.255.0', true],
  ['10.0.1.0/24', false],
  ['fd00::/64', false],
  ['cn07', true],
  ['cn*.cluster', undefined],
  ['cn*', true],
  ['cn0?', true],
  ['@nodes', undefined],
])('an export to %s is for cn07, 10.0.0.7: %s', (client, expected) => {
  expect(matchesClient(client, { name: 'cn07', address: '10.0.0.7' })).toBe(expected);
});

const mount = (what: NeededMount['what'], directory: string): NeededMount => ({
  node: 'cn07',
  address: '10.0.0.7',
  what,
  server: '10.0.0.1',
  directory,
  isV3: false,
});

const judge = (needed: NeededMount, ...lines: string[]) =>
  judgeExports(
    [needed],
    { kind: 'seen', by: 'kernel', exports: parseExports(lines.join('\n')), written: [] },
    '/etc/statelite',
  );

test.each<[string, NeededMount['what'], string, string, string]>([
  ['an image below an exported directory', 'image', '/install *(ro,no_root_squash)', 'ok', ''],
  [
    'an image that is not exported',
    'image',
    '/home *(ro)',
    'fail',
    'exportfs -o ro,sync,no_root_squash',
  ],
  [
    'an image for other nodes',
    'image',
    '/install 10.9.0.0/16(ro,no_root_squash)',
    'fail',
    'cn07 has 10.0.0.7',
  ],
  ['an image whose root is squashed', 'image', '/install *(ro)', 'fail', 'no_root_squash'],
  ['an image that nodes can write', 'image', '/install *(rw,no_root_squash)', 'warn', '-o ro'],
  ['a store that is exported for writing', 'store', '/install *(rw,no_root_squash)', 'ok', ''],
  ['a store that is read-only', 'store', '/install *(ro,no_root_squash)', 'fail', '-o rw'],
  ['a store whose root is squashed', 'store', '/install *(rw)', 'fail', 'no_root_squash'],
  ['a tree whose root is squashed', 'tree', '/install *(ro)', 'warn', 'no_root_squash'],
  ['a directory with a like name', 'image', '/inst *(ro,no_root_squash)', 'fail', 'exportfs'],
])('%s', (_, what, line, level, hint) => {
  const [finding] = judge(mount(what, '/install/a'), line);
  expect(finding?.level).toBe(level);
  expect(finding?.hint ?? '').toContain(hint);
});

test('the nearest export above a directory is the one that counts', () => {
  const lines = ['/install *(ro,no_root_squash)', '/install/state *(rw,no_root_squash)'];
  expect(judge(mount('store', '/install/state/x'), ...lines)).toMatchObject([{ level: 'ok' }]);
});

test('an export that only stands in the file wants exportfs -ra', () => {
  const server = {
    kind: 'seen',
    by: 'kernel',
    exports: [],
    written: parseExports('/install *(ro)'),
  } as const;
  expect(judgeExports([mount('image', '/install')], server, '/etc/statelite')).toMatchObject([
    { level: 'fail', hint: 'it is in /etc/exports: exportfs -ra' },
  ]);
});

test('a machine without an NFS server is told how to start one', () => {
  expect(judgeExports([mount('image', '/install')], { kind: 'none' }, '/e')).toMatchObject([
    { level: 'fail', hint: expect.stringContaining('ln -s /e/generated/exports') },
  ]);
});

test.each([
  [{ why: undefined, mountd: undefined }, 'ok'],
  [{ why: 'connect ECONNREFUSED', mountd: undefined }, 'fail'],
  [{ why: undefined, mountd: 'registered' }, 'ok'],
  [{ why: undefined, mountd: 'missing' }, 'fail'],
  [{ why: undefined, mountd: 'no rpcbind' }, 'fail'],
] as const)('an NFS server of which is known %o: %s', (facts, level) => {
  expect(judgeServer({ server: '10.0.0.1', nodes: ['cn07'], ...facts })).toMatchObject([{ level }]);
});
