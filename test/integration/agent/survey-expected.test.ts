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
      [[root.path, paths]],
    );
    expect(rounds).toBe(1);
    expect(found).toMatchObject([
      { path: '/a/b/c/d', fact: { type: 'file', size: 4 } },
      { fact: { type: 'missing' } },
      { fact: { type: 'missing' } },
      { blocked: 'file', at: '/f' },
    ]);
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
      [[root.path, ['/l/x']]],
    );
    expect([path, fact.type]).toEqual(['/real/x', 'file']);
  });

  test('finds what nobody expected as well, and pays no heed to slashes', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/a/b': '1', '/c': '22' });
    const sizes = await surveyed(
      (look) => forEach(['/a/b', '/c'], (path) => look(root.path).at(path)),
      [[root.path, ['//a//b/']]],
    );
    expect(sizes).toMatchObject([{ size: 1 }, { size: 2 }]);
  });

  test('never leaves the root, nor fails, for a path that no decision accepts', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/in/x': '1' });
    const odd = ['/../..', '/in/../../etc', '/in/./x', '/nul\0', `/${'x'.repeat(300)}/y`];
    const seen = await surveyed((look) => look(root.path).at('/in/x'), [[root.path, odd]]);
    expect(seen).toMatchObject({ size: 1 });
  });

  test('a place that cannot be read fails only if the decision asks for it', async () => {
    const unreadable = '/proc/self/mem\0';
    const paths: [string, string[]][] = [[unreadable, ['/x']]];
    expect(await surveyed(() => 'no need', paths)).toBe('no need');
    await expect(surveyed((look) => look(unreadable).at('/x'), paths)).rejects.toMatchObject({
      code: 'ERR_STATELITE_STORE',
    });
  });
});
