import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { surveyed } from '../../../agent/files/survey.ts';
import { forEach } from '../../../agent/rules/view.ts';
import { resolve } from '../../../agent/rules/walk.ts';
import { plantTree, tempRoot } from '../../helpers/tree.ts';

describe('a survey of real directories', () => {
  test('tells what stands at a path, not following links', async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      '/d/x': 'text',
      '/d/empty': { dir: 0o755 },
      '/d/l': { link: '../elsewhere' },
    });
    execFileSync('mkfifo', [join(root.path, 'd/fifo')]);
    const paths = [
      '/',
      '/d',
      '/d/x',
      '/d/l',
      '/d/fifo',
      '/none',
      '/d/x/below',
      `/${'x'.repeat(300)}`,
    ];
    const facts = await surveyed((look) => forEach(paths, (path) => look(root.path).at(path)));
    expect(facts).toEqual([
      { type: 'dir' },
      { type: 'dir' },
      { type: 'file', regular: true, size: 4 },
      { type: 'link', target: '../elsewhere' },
      { type: 'file', regular: false, size: 0 },
      { type: 'missing' },
      { type: 'missing' },
      { type: 'missing' },
    ]);
  });

  test('tells the names in a directory, and none in anything else', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/d/a': '', '/d/.b': '', '/d/l': { link: '/' }, '/f': '' });
    const names = await surveyed((look) =>
      forEach(['/d', '/f', '/none'], (path) => look(root.path).names(path).toSorted()),
    );
    expect(names).toEqual([['.b', 'a', 'l'], [], []]);
  });

  test('the rounds are as many as the paths are deep, not as many as there are paths', async () => {
    await using root = await tempRoot();
    const paths = Array.from({ length: 200 }, (_, n) => `/a/b/c${n}/d`);
    plantTree(root.path, Object.fromEntries(paths.map((path) => [path, ''])));
    let rounds = 0;
    const found = await surveyed((look) => {
      rounds += 1;
      return forEach(paths, (path) => resolve(look(root.path), path));
    });
    expect(found).toHaveLength(200);
    expect(rounds).toBeLessThanOrEqual(5);
  });

  test('several roots are looked at side by side', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/one/f': '1', '/two/f': '22' });
    const sizes = await surveyed((look) =>
      forEach(['one', 'two'], (name) => look(join(root.path, name)).at('/f')),
    );
    expect(sizes).toMatchObject([{ size: 1 }, { size: 2 }]);
  });

  test('a bug in the decision is told as it is', async () => {
    await expect(
      surveyed(() => {
        throw new TypeError('bug');
      }),
    ).rejects.toThrow(TypeError);
  });

  test('a place that cannot be looked at is an error that names it', async () => {
    const broken = '/proc/self/task/1/nothing\0';
    await expect(surveyed((look) => look(broken).at('/x'))).rejects.toMatchObject({
      code: 'ERR_STATELITE_STORE',
      message: expect.stringContaining('cannot look at /x'),
      cause: { code: 'EINVAL' },
    });
  });
});
