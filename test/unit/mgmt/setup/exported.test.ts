import { expect, test } from 'vitest';
import { exportsOf } from '../../../../mgmt/setup/exported.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

const names = ['10.77.0.1', 'MN.example.org', 'fd77::1'];
const images = { path: '/install/netboot', access: 'ro' };

const trees = (...directories: string[]) =>
  clusterOf({
    nodelist: [{ node: 'n1' }, { node: 'n2' }],
    noderes: [{ node: 'n2', nfsserver: '10.77.0.1' }],
    litetree: directories.map((directory, index) => ({ priority: String(index), directory })),
  });

test('images are exported as one, so that a new image needs no new export', () => {
  const cluster = clusterOf({
    site: [{ key: 'installdir', value: '/srv/install' }],
    linuximage: [
      { imagename: 'a', rootimgdir: '/srv/install/netboot/debian12/x86_64/compute' },
      { imagename: 'b', rootimgdir: '/images/b/' },
      { imagename: 'c' },
    ],
  });
  expect(exportsOf(cluster, names).exports).toEqual([
    { path: '/images', access: 'ro' },
    { path: '/srv/install/netboot', access: 'ro' },
  ]);
});

test('persistent directories are for writing, trees are not', () => {
  const cluster = clusterOf({
    statelite: [{ node: 'compute', statemnt: '10.77.0.1:/state/compute' }],
    litetree: [{ priority: '1', directory: 'mn.example.org:/trees/common' }],
  });
  expect(exportsOf(cluster, names).exports).toEqual([
    images,
    { path: '/state/compute', access: 'rw' },
    { path: '/trees/common', access: 'ro' },
  ]);
});

test('a path with variables is exported as far as it is the same for every node', () => {
  const cluster = trees('10.77.0.1:/lite/node/$node', '10.77.0.1:/lite/${nodetype.profile}/etc');
  expect(exportsOf(cluster, names).exports).toEqual([images, { path: '/lite', access: 'ro' }]);
});

test('a server that is a variable counts if it is this one for any node', () => {
  const cluster = trees('$noderes.nfsserver:/lite', '$noderes.tftpserver:/other');
  expect(exportsOf(cluster, names).exports).toEqual([images, { path: '/lite', access: 'ro' }]);
});

test("a persistent directory made from nodes' names is exported as far as it is the same", () => {
  const cluster = clusterOf({
    nodelist: ['cn1', 'cn2', 'cn3', 'login'].map((node) => ({ node, groups: 'all' })),
    statelite: [
      { node: 'all', statemnt: '|cn([12])|10.77.0.($1):/state/rack($1)/$node|' },
      { node: 'cn3', statemnt: '10.77.0.1:/other' },
      { node: 'login', statemnt: '|cn(.)|10.77.0.1:/state/rack($1)|' },
    ],
  });
  const { exports, notes } = exportsOf(cluster, [...names, '10.77.0.2']);
  expect(exports).toEqual([
    images,
    { path: '/other', access: 'rw' },
    { path: '/state', access: 'rw' },
  ]);
  expect(notes).toEqual([expect.stringContaining('directory of login is not exported: ')]);
});

test('a directory is exported up to what a command prints, a server that one prints is not', () => {
  const cluster = trees('10.77.0.1:/lite/#CMD=cat /etc/x#/y', '#CMD=hostname -s#:/lost');
  expect(exportsOf(cluster, names)).toEqual({
    exports: [images, { path: '/lite', access: 'ro' }],
    notes: ['litetree row priority=1 image=: not exported, its server is what a command prints'],
  });
});

test('a server that cannot be told for a node is not this one, and keeps no other out', () => {
  const cluster = clusterOf({
    nodelist: [{ node: 'login' }, { node: 'n1' }].map((row) => ({ ...row, groups: 'all' })),
    noderes: [{ node: 'all', nfsserver: '|n(\\d)|10.77.0.($1)|' }],
    litetree: [{ priority: '1', directory: '$noderes.nfsserver:/lite' }],
  });
  expect(exportsOf(cluster, names).exports).toEqual([images, { path: '/lite', access: 'ro' }]);
});

test('other servers and directories of the image are not exported', () => {
  const cluster = trees('10.77.0.2:/far', '/local/only', '[fd77:0::1]:/near');
  expect(exportsOf(cluster, names).exports).toEqual([images, { path: '/near', access: 'ro' }]);
});

test('a directory below another one is exported by itself only if its access differs', () => {
  const cluster = clusterOf({
    statelite: [{ node: 'n1', statemnt: '10.77.0.1:/lite/state' }],
    litetree: [
      { priority: '1', directory: '10.77.0.1:/lite' },
      { priority: '2', directory: '10.77.0.1:/lite/a' },
      { priority: '3', directory: '10.77.0.1:/lite/state/x' },
      { priority: '4', directory: '10.77.0.1:/lite2' },
    ],
  });
  expect(exportsOf(cluster, names).exports).toEqual([
    images,
    { path: '/lite', access: 'ro' },
    { path: '/lite/state', access: 'rw' },
    { path: '/lite/state/x', access: 'ro' },
    { path: '/lite2', access: 'ro' },
  ]);
});

test('a row that would export everything, or that no node could use, is named', () => {
  const cluster = trees('10.77.0.1:/$node', 'nonsense');
  expect(exportsOf(cluster, names)).toEqual({
    exports: [images],
    notes: [
      'litetree row priority=0 image=: not exported, 10.77.0.1:/$node would export everything',
      expect.stringContaining('litetree row priority=1 image=: not exported, '),
    ],
  });
});
