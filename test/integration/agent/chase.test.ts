import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chase } from '../../../agent/files/chase.ts';
import { plantTree, tempRoot } from '../../helpers/tree.ts';

/** A tree with every kind of link, beside something that must stay out of reach. */
async function planted() {
  const temp = await tempRoot();
  plantTree(temp.path, {
    '/outside/secret': 's',
    '/root/etc/motd': 'm',
    '/root/etc/alias': { link: 'motd' },
    '/root/etc/abs': { link: '/etc/motd' },
    '/root/etc/up': { link: '../../../../outside/secret' },
    '/root/etc/dir': { link: '/usr' },
    '/root/usr/lib/x': 'x',
    '/root/lib': { link: 'usr/lib' },
    '/root/etc/dangling': { link: 'nowhere/deep' },
    '/root/loop': { link: 'loop' },
    '/root/etc/odd name\n': 'odd',
  });
  return temp;
}

describe('2.1, 4.5 a path inside another root', () => {
  test.for([
    ['/etc/motd', '/etc/motd'],
    ['etc/motd', '/etc/motd'],
    ['/etc/alias', '/etc/motd'],
    ['/etc/abs', '/etc/motd'],
    ['/etc/up', '/outside/secret'],
    ['/../../etc/motd', '/etc/motd'],
    ['/etc/dir/lib/x', '/usr/lib/x'],
    ['/lib/../lib', '/usr/lib'],
    ['/lib/..', '/usr'],
    ['/etc/./motd', '/etc/motd'],
    ['/etc/dangling', '/etc/nowhere/deep'],
    ['/etc/dangling/x', '/etc/nowhere/deep/x'],
    ['/no/such/path', '/no/such/path'],
    ['/etc/motd/below', '/etc/motd/below'],
    ['/etc/odd name\n', '/etc/odd name\n'],
    ['/', ''],
  ] as const)('%j is %j', async ([path, expected]) => {
    await using temp = await planted();
    const root = join(temp.path, 'root');
    expect(await chase(root, path)).toBe(root + expected);
  });

  test('the last part may be taken as it is', async () => {
    await using temp = await planted();
    const root = join(temp.path, 'root');
    expect(await chase(root, '/lib/x', 'as it is')).toBe(`${root}/usr/lib/x`);
    expect(await chase(root, '/etc/dir', 'as it is')).toBe(`${root}/etc/dir`);
    expect(await chase(root, '/loop', 'as it is')).toBe(`${root}/loop`);
  });

  test('a loop is an error that names path and root', async () => {
    await using temp = await planted();
    const root = join(temp.path, 'root');
    await expect(chase(root, '/loop/x')).rejects.toThrow(`/loop/x below ${root}`);
  });

  test('40 links are followed as by the kernel, 41 are too many', async () => {
    await using temp = await tempRoot();
    mkdirSync(join(temp.path, 'end'));
    for (let n = 0; n < 41; n += 1) {
      plantTree(temp.path, { [`/l${n}`]: { link: n === 0 ? 'end' : `l${n - 1}` } });
    }
    expect(await chase(temp.path, '/l39')).toBe(join(temp.path, 'end'));
    await expect(chase(temp.path, '/l40')).rejects.toThrow('too many');
  });
});
