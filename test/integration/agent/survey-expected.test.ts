import { describe, expect, test } from 'vitest';
import { surveyed } from '../../../agent/files/survey.ts';
import { forEach } from '../../../agent/rules/view.ts';
import { resolve } from '../../../agent/rules/walk.ts';
import { plantTree, tempRoot } from '../../helpers/tree.ts';

describe('a survey that is told what to expect', () => {
  test('needs one round for it, however deep the paths are', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/a/b/c/d': 'text', '/e': { dir: 0o755 }, '/f': '' });
    const paths = ['/a/b/c/d', '/a/b/none/at/all', '/e/none', '/f/below'];
    let rounds = 0;
    const found = await surveyed(
      (look) => {
        rounds += 1;
        return forEach(paths, (path) => resolve(look(root.path), path));
      },
      [{ root: root.path, paths: paths }],
    );
    expect(rounds).toBe(1);
    expect(found).toMatchObject([
      { path: '/a/b/c/d', fact: { type: 'file', size: 4 } },
      { fact: { type: 'missing' } },
      { fact: { type: 'missing' } },
      { blocked: 'file', at: '/f' },
    ]);
  });

  test('knows the names in directories too, where they are expected', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/a/b/c': 'text', '/f': '' });
    let rounds = 0;
    const names = await surveyed(
      (look) => {
        rounds += 1;
        return look(root.path).names('/a/b');
      },
      [{ root: root.path, paths: ['/a/b', '/f', '/none'], names: true }],
    );
    expect([rounds, names]).toEqual([1, ['c']]);
  });

  test('does not look beyond a link: where it leads is the decision to make', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/real/x': '1', '/l': { link: '/real' } });
    const { path, fact } = await surveyed(
      (look) => {
        const resolved = resolve(look(root.path), '/l/x');
        if ('blocked' in resolved) throw new Error(resolved.blocked);
        return resolved;
      },
      [{ root: root.path, paths: ['/l/x'] }],
    );
    expect([path, fact.type]).toEqual(['/real/x', 'file']);
  });

  test('finds what nobody expected as well, and pays no heed to slashes', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/a/b': '1', '/c': '22' });
    const sizes = await surveyed(
      (look) => forEach(['/a/b', '/c'], (path) => look(root.path).at(path)),
      [{ root: root.path, paths: ['//a//b/'] }],
    );
    expect(sizes).toMatchObject([{ size: 1 }, { size: 2 }]);
  });

  test('never leaves the root, nor fails, for a path that no decision accepts', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/in/x': '1' });
    const odd = ['/../..', '/in/../../etc', '/in/./x', '/nul\0', `/${'x'.repeat(300)}/y`];
    const seen = await surveyed(
      (look) => look(root.path).at('/in/x'),
      [{ root: root.path, paths: odd }],
    );
    expect(seen).toMatchObject({ size: 1 });
  });

  test('a place that cannot be read fails only if the decision asks for it', async () => {
    const unreadable = '/proc/self/mem\0';
    const paths = [{ root: unreadable, paths: ['/x'], names: true }];
    expect(await surveyed(() => 'no need', paths)).toBe('no need');
    await expect(surveyed((look) => look(unreadable).at('/x'), paths)).rejects.toMatchObject({
      code: 'ERR_STATELITE_STORE',
    });
  });
});
