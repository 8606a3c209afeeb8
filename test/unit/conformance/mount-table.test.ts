import { expect, test } from 'vitest';
import { type Mount, parseMounts, shownBy, sourceAt } from '../../conformance/mount-table.ts';

const table = [
  '36 35 98:0 / / rw,noatime - tmpfs case rw',
  '37 36 98:0 /.case/image /sysroot ro - tmpfs case rw',
  '38 37 98:1 / /sysroot/.statelite rw - tmpfs statelite rw',
  String.raw`39 37 98:1 /tmpfs/a\040b\134c\303\274 /sysroot/a\040b\134c\303\274 rw shared:1 - tmpfs statelite rw`,
].join('\n');

test('mounts are read with the escapes of the kernel undone', () => {
  const mounts = parseMounts(`${table}\n`);
  expect(mounts.map(({ point }) => point).at(-1)).toBe('/sysroot/a b\\cü');
  expect(mounts.map(({ readonly }) => readonly)).toEqual([false, true, false, false]);
  expect(mounts.map(({ isVolatile }) => isVolatile)).toEqual([false, false, true, true]);
});

const mount = (top: string, isVolatile = false): Mount => ({
  id: '1',
  top,
  point: '/sysroot/x',
  readonly: false,
  isVolatile,
});

test.each<[top: string, isVolatile: boolean, source: string]>([
  ['/tmpfs/etc/a', true, 'tmpfs:/etc/a'],
  ['/tmpfs', true, 'tmpfs:/'],
  ['/report.json', true, 'statelite:/report.json'],
  ['/.case/persistent/etc/a', false, 'persistent:/etc/a'],
  ['/.case/localdisk', false, 'localdisk:/'],
  ['/.case/trees/1/etc/a', false, 'tree:mn:/lite/two|/etc/a'],
  ['/.case/image/etc/a', false, 'image:/etc/a'],
  ['/.case/image/.default/etc/a', false, 'default:/etc/a'],
  ['/.case/image/.defaults', false, 'image:/.defaults'],
  ['/.case/ram/etc/a', false, 'image:/etc/a'],
  ['/etc/hosts', false, 'initramfs:/etc/hosts'],
])('a mount of %s shows %s %s', (top, isVolatile, source) => {
  expect(shownBy(mount(top, isVolatile), ['mn:/lite/one', 'mn:/lite/two'])).toBe(source);
});

test('a place below a mount point is below what is mounted', () => {
  expect(sourceAt(mount('/.case/persistent/x'), '/sysroot/x/y', [])).toBe('persistent:/x/y');
});
