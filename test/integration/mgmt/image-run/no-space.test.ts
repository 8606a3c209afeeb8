import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempRoot } from '../../../helpers/tree.ts';

/** Runs `no-space.ts` where a directory is a tmpfs of 16 MB, and returns what it tells. */
function onSmallDisk(directory: string, what: string): Record<string, unknown> {
  const script = 'mount -t tmpfs -o size=16m none "$1"; exec "$2" --no-warnings "$3" "$1" "$4"';
  const within = ['--mount', '--propagation', 'private', 'sh', '-euc', script, 'sh', directory];
  const program = [process.execPath, join(import.meta.dirname, 'no-space.ts'), what];
  const lines = execFileSync('unshare', [...within, ...program], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return JSON.parse(lines.at(-1) ?? '');
}

test.for([
  ['build', /ERR_STATELITE_IMAGE: no space is left .*; hint: .* image gc$/su, [], 2],
  ['run', /^exit 1$/u, [], 2],
  ['copy', /ERR_STATELITE_IMAGE: no space is left .*; hint: .* image gc$/su, [], 2],
  ['in place', /ERR_STATELITE_IMAGE: no space is left .*; hint: .* image gc$/su, ['1'], 3],
] as const)(
  'without space a %s says so and leaves the image as it was',
  async ([what, words, others, after]) => {
    await using directory = await tempRoot();
    const { error, isSame, names, next } = onSmallDisk(directory.path, what);
    expect(error).toMatch(words);
    expect(isSame).toBe(true);
    expect(names).toEqual(others);
    expect(next).toBe(after);
  },
);
