import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Boot, bootCase, type Given } from '../../helpers/boots.ts';
import { row } from '../../helpers/rows.ts';
import { snapshot } from '../../helpers/snapshot.ts';
import { plantTree, tempRoot } from '../../helpers/tree.ts';

const temp = await tempRoot();
afterAll(() => temp.remove());

const booted = (name: string, given: Given, ...wishes: readonly Partial<Boot>[]) =>
  bootCase(join(temp.path, name), given, wishes);

describe('nothing leaves the new root', () => {
  test('whatever links the trees, the stores and the image hold', async () => {
    const outside = join(temp.path, 'outside');
    plantTree(outside, { '/secret': 'secret', '/d/x': 'secret', '/d/sub': { dir: 0o755 } });
    const before = snapshot(outside, 'full');
    const links = {
      '/srv/t/way': `-> ${outside}/d`,
      '/srv/t/f': `-> ${outside}/secret`,
      '/srv/t/leaf': `-> ${outside}/d`,
      '/etc/con': `-> ../../../../../../../../..${outside}/secret`,
      '/etc/ro': `-> ${outside}/secret`,
    };
    const rows = [
      row('/srv/t/', 'tmpfs'),
      row('/srv/t/way/deep/f', 'persistent'),
      row('/srv/t/f', 'tmpfs'),
      row('/srv/t/leaf/', 'localdisk'),
      row('/etc/con', 'con'),
      row('/etc/ro', 'ro'),
    ];
    const image = { '/srv/t/way/deep/f': 'f', '/srv/t/leaf/x': 'x', '/srv/t/f': 'f' };
    const trees = { one: links, two: { '/srv/t/way/y': 'y', '/srv/t/other': 'o' } };
    const [result] = await booted(
      'hostile',
      { rows, image: { ...image, '/etc/con': 'c', '/etc/ro': 'r' }, trees },
      { look: ['/srv/t', '/srv/t/f', '/etc/con', '/etc/ro'] },
    );
    expect(result).toMatchObject({ failure: null });
    expect(result?.seen['/srv/t']?.content).toEqual({
      '/f': 'f',
      '/leaf': 'dir',
      '/leaf/x': 'x',
      '/other': 'o',
      '/way': 'dir',
      '/way/deep': 'dir',
      '/way/deep/f': 'f',
      '/way/y': 'y',
    });
    expect(result?.seen['/etc/con']).toMatchObject({ content: 'c' });
    expect(result?.seen['/etc/ro']).toMatchObject({ content: 'r', writable: false });
    expect(snapshot(outside, 'full')).toEqual(before);
  });

  test.for([
    ['the way to a mount point', { '/srv/l/way': '-> $/d' }],
    ['a mount point', { '/srv/l/way/deep': '-> $/d' }],
    ['a copy', { '/srv/l/copy': '-> $/secret' }],
    ['the way to a copy', { '/srv/l': '-> $/d' }],
  ] as const)('also if a store has a link out of it in place of %s', async ([name, links]) => {
    const outside = join(temp.path, `beside ${name}`);
    plantTree(outside, { '/secret': 'secret', '/d/x': 'secret' });
    const before = snapshot(outside, 'full');
    const localdisk = Object.fromEntries(
      Object.entries(links).map(([path, link]) => [path, link.replace('$', outside)]),
    );
    const rows = [
      row('/srv/l/', 'localdisk'),
      row('/srv/l/way/deep/', 'ro'),
      row('/srv/l/copy', 'localdisk'),
    ];
    const image = { '/srv/l/way/deep/z': 'z', '/srv/l/copy': 'c' };
    const [result] = await booted(`store link ${name}`, { rows, image, localdisk }, {});
    expect(result?.failure).toMatchObject({ code: 'ERR_STATELITE_STORE' });
    expect(snapshot(outside, 'full')).toEqual(before);
  });
});
