import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { fakePrograms } from '../../helpers/fake-programs.ts';
import { tempRoot } from '../../helpers/tree.ts';

const script = join(import.meta.dirname, '../../../scripts/build.ts');

/** The build on a machine that has only the programs of a directory, and has fetched nothing yet. */
async function build(directory: string, ...words: string[]) {
  const env = { PATH: join(directory, 'bin'), STATELITE_CACHE: join(directory, 'cache') };
  const ended = promisify(execFile)(process.execPath, [script, ...words], { env });
  return ended.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  );
}

describe('building for another architecture', () => {
  test('needs a cross compiler, says which, and fetches nothing before', async () => {
    await using temp = await tempRoot();
    expect(await build(temp.path, 'aarch64')).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/no aarch64-linux-gnu-gcc\nhint: .* gcc-aarch64-linux-gnu\n$/),
    });
    expect(existsSync(join(temp.path, 'cache'))).toBe(false);
  });

  test('needs its strip too', async () => {
    await using temp = await tempRoot();
    const programs = await fakePrograms(join(temp.path, 'bin'), { reads: false });
    await programs.make('aarch64-linux-gnu-gcc', 'exit 0');
    const { stderr } = await build(temp.path, 'aarch64');
    expect(stderr).toContain('no aarch64-linux-gnu-strip');
    expect(stderr).toContain('apt-get install binutils-aarch64-linux-gnu');
  });

  test('that npm has no Node for says what a site can do', async () => {
    await using temp = await tempRoot();
    const { code, stderr } = await build(temp.path, 'ppc64le');
    expect(code).toBe(1);
    expect(stderr).toMatch(/npm has no Node 24\.\d+\.\d+ for ppc64le/);
    expect(stderr).toContain('npm run build -- ppc64le --node DIRECTORY');
  });

  test.for([
    [['sparc'], 'no program can be built for sparc'],
    [['aarch64', '--nodes', 'x'], "Unknown option '--nodes'"],
  ] as const)('%j is a wrong command line', async ([words, message]) => {
    await using temp = await tempRoot();
    const { code, stderr } = await build(temp.path, ...words);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: npm run build');
  });
});
