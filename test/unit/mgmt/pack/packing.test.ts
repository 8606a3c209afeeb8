import { expect, test } from 'vitest';
import { isPackedName, packedName, packedNames } from '../../../../mgmt/image/pack/packed-names.ts';
import { packingFor, refuseUnbootable } from '../../../../mgmt/image/pack/packing.ts';
import { packingOf } from '../../../../agent/protocol/image-url.ts';

test.for([
  ['cpio', 'gzip', 'rootimg-statelite.gz'],
  ['cpio', 'zstd', 'rootimg-statelite.cpio.zst'],
  ['cpio', 'none', 'rootimg-statelite.cpio'],
  ['tar', 'gzip', 'rootimg-statelite.tar.gz'],
  ['tar', 'zstd', 'rootimg-statelite.tar.zst'],
  ['squashfs', 'zstd', 'rootimg-statelite.sfs'],
  ['squashfs', 'gzip', 'rootimg-statelite.sfs'],
] as const)('%s with %s is %s, and the agent reads that name', ([format, compression, name]) => {
  expect(packedName('rootimg-statelite', format, compression)).toBe(name);
  expect(packingOf(name)?.format).toBe(format);
  expect([isPackedName(name), isPackedName(`${name}.sha256`)]).toEqual([true, true]);
});

test('every name that can be made is known as one that can be there', () => {
  expect(packedNames('rootimg')).toEqual(
    expect.arrayContaining(['rootimg.gz', 'rootimg.cpio.xz', 'rootimg.tar.gz', 'rootimg.sfs']),
  );
  expect(packedNames('rootimg')).not.toContain('rootimg');
});

test.for([
  'rootimg-statelite.cpio.xz', // nodes do not unpack it
  'rootimg.gz',
  'rootimg-statelite',
  'rootimg-statelite.gz.sha256.sha256',
  '.rootimg-statelite.gz.new',
  'x/rootimg-statelite.gz',
  'rootimg-statelite.a.gz',
])('nodes are not told of %s, and nothing serves it to them', (name) => {
  expect(isPackedName(name)).toBe(false);
});

test('without words it is what xCAT packs; a squashfs has zstd', () => {
  expect(packingFor(undefined, undefined)).toEqual({ format: 'cpio', compression: 'gzip' });
  expect(packingFor('squashfs', undefined)).toEqual({ format: 'squashfs', compression: 'zstd' });
  expect(packingFor('tar', 'pigz')).toEqual({ format: 'tar', compression: 'gzip' });
});

test('what the agent cannot unpack is refused before anything is packed', () => {
  expect(() => refuseUnbootable(packingFor('cpio', 'xz'))).toThrow('nodes do not unpack');
  expect(() => refuseUnbootable(packingFor('squashfs', 'xz'))).not.toThrow();
});
