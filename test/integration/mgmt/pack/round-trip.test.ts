import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test as base } from 'vitest';
import { noExlist } from '../../../../mgmt/image/pack/exlist.ts';
import { packRoot, type PackOptions } from '../../../../mgmt/image/pack/pack-root.ts';
import { tempRoot } from '../../../helpers/tree.ts';
import { contentsOf, describeTree, plantEverything } from './any-tree.ts';

// oxlint-disable-next-line no-empty-pattern -- vitest reads here what a fixture needs
const test = base.extend('directory', async ({}, { onCleanup }) => {
  const directory = await tempRoot();
  onCleanup(() => directory[Symbol.asyncDispose]());
  const root = join(directory.path, 'rootimg');
  mkdirSync(root);
  plantEverything(root);
  return directory.path;
});

test.for(['gzip', 'zstd', 'xz', 'none'] as const)(
  'GNU tar unpacks a tar with %s to the same tree: owner, mode, times, links, xattrs, devices',
  async (compression, { directory }) => {
    const { root, output, unpacked } = await pack(directory, { format: 'tar', compression });
    const options = { none: [], gzip: ['-z'], zstd: ['--zstd'], xz: ['-J'] }[compression];
    run('tar', ['--xattrs', '--xattrs-include=*', ...options, '-C', unpacked, '-xpf', output]);
    expect(describeTree(unpacked)).toEqual(describeTree(root));
    expect(contentsOf(unpacked)).toEqual(contentsOf(root));
  },
);

test('bsdtar unpacks a tar to the same tree', async ({ directory }) => {
  const { root, output, unpacked } = await pack(directory, { format: 'tar', compression: 'gzip' });
  run('bsdtar', ['-C', unpacked, '-xpf', output], { LC_ALL: 'C.UTF-8' });
  expect(withoutTop(describeTree(unpacked))).toEqual(withoutTop(describeTree(root)));
  expect(contentsOf(unpacked)).toEqual(contentsOf(root));
});

test.for(['gzip', 'zstd', 'none'] as const)(
  'GNU cpio unpacks a cpio with %s to the same tree, but for what newc has no place for',
  async (compression, { directory }) => {
    const { root, output, unpacked } = await pack(directory, { format: 'cpio', compression });
    const archive = decompress(output, compression);
    execFileSync('cpio', ['-idm', '--quiet', '--no-absolute-filenames'], {
      cwd: unpacked,
      input: archive,
    });
    expect(withoutTimes(describeTree(unpacked, 'seconds'))).toEqual(
      withoutTimes(describeTree(root, 'seconds')),
    );
    expect(contentsOf(unpacked)).toEqual(contentsOf(root));
    expect(timesOfFiles(unpacked)).toEqual(timesOfFiles(root));
  },
);

test('bsdtar unpacks a cpio with the times of links and directories', async ({ directory }) => {
  const { root, output, unpacked } = await pack(directory, { format: 'cpio', compression: 'zstd' });
  run('bsdtar', ['-C', unpacked, '-xpf', output], { LC_ALL: 'C.UTF-8' });
  expect(withoutTop(withoutXattrs(describeTree(unpacked, 'seconds')))).toEqual(
    withoutTop(withoutXattrs(describeTree(root, 'seconds'))),
  );
});

test.for(['zstd', 'gzip', 'xz', 'none'] as const)(
  'unsquashfs unpacks a squashfs with %s to the same tree',
  async (compression, { directory }) => {
    const { root, output, unpacked } = await pack(directory, { format: 'squashfs', compression });
    run('unsquashfs', ['-f', '-no-progress', '-d', unpacked, output]);
    expect(withoutTop(describeTree(unpacked, 'seconds'))).toEqual(
      withoutTop(describeTree(root, 'seconds')),
    );
    expect(contentsOf(unpacked)).toEqual(contentsOf(root));
    expect(statSync(unpacked).mode & 0o7777).toBe(0o711);
  },
);

test.for(['cpio', 'tar'] as const)(
  'the same tree packed twice as %s is the same file, 0644, with its digest',
  async (format, { directory }) => {
    const first = await pack(directory, { format, compression: 'gzip' });
    const bytes = readFileSync(first.output);
    const second = await pack(directory, { format, compression: 'gzip' });
    expect(readFileSync(second.output).equals(bytes)).toBe(true);
    expect(second.sha256).toBe(first.sha256);
    expect(statSync(second.output).mode & 0o777).toBe(0o644);
    execFileSync('sha256sum', ['--check', '--strict', 'packed.sha256'], { cwd: directory });
    expect(readFileSync(`${second.output}.sha256`, 'utf8')).toBe(`${second.sha256}  packed\n`);
  },
);

test('an archive holds the names in one order, parents first, and no absolute one', async ({
  directory,
}) => {
  const { output } = await pack(directory, { format: 'cpio', compression: 'none' });
  const names = execFileSync('cpio', ['-t', '--quiet', '--null'], {
    input: readFileSync(output),
    encoding: 'latin1',
  }).split('\0');
  expect(names[0]).toBe('.');
  expect(names.filter((name) => name.startsWith('/'))).toEqual([]);
  expect(names.indexOf('etc')).toBeLessThan(names.indexOf('etc/plain'));
});

test('a cpio refuses a file of 4 GiB and says what to do', async ({ directory }) => {
  const root = join(directory, 'rootimg');
  writeFileSync(join(root, 'huge'), '');
  execFileSync('truncate', ['-s', '4G', join(root, 'huge')]);
  await expect(pack(directory, { format: 'cpio', compression: 'none' })).rejects.toMatchObject({
    code: 'ERR_STATELITE_IMAGE',
    message: expect.stringContaining('/huge has 4294967296 bytes'),
    hint: expect.stringContaining('squashfs'),
  });
  expect(readdirSync(directory).toSorted()).toEqual(['rootimg', 'unpacked']);
});

test('a socket is left out with a warning', async ({ directory }) => {
  const socket = join(directory, 'rootimg/socket');
  execFileSync('python3', [
    '-c',
    'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
    socket,
  ]);
  const { warnings } = await pack(directory, { format: 'cpio', compression: 'none' });
  expect(warnings).toEqual(['/socket is a socket and is not packed']);
});

test('progress ends at everything', async ({ directory }) => {
  const seen: number[] = [];
  await pack(directory, {
    format: 'tar',
    compression: 'none',
    onProgress: (done, total) => void seen.push(done / total),
  });
  expect(seen.at(-1)).toBe(1);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
});

async function pack(directory: string, how: Omit<PackOptions, 'root' | 'exclude' | 'output'>) {
  const root = join(directory, 'rootimg');
  const output = join(directory, 'packed');
  const unpacked = join(directory, 'unpacked');
  mkdirSync(unpacked, { recursive: true });
  const packed = await packRoot({ ...how, root, exclude: noExlist, output });
  return { ...packed, root, output, unpacked };
}

function run(command: string, argv: string[], env: Record<string, string> = {}): void {
  execFileSync(command, argv, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
}

function decompress(file: string, compression: 'gzip' | 'zstd' | 'none'): Buffer {
  if (compression === 'none') return readFileSync(file);
  return execFileSync(compression, ['-dc', '-f'], {
    input: readFileSync(file),
    maxBuffer: 1 << 28,
  });
}

/** newc has no extended attributes. */
function withoutXattrs(lines: string[]): string[] {
  return lines.filter((line) => !line.startsWith('#'));
}

/** GNU cpio gives directories and links the time of unpacking, and leaves the root as it finds it. */
function withoutTimes(lines: string[]): string[] {
  return withoutXattrs(lines)
    .filter((line) => !line.startsWith('. d'))
    .map((line) => line.replace(/ \d{9,10}(?= )/u, ''));
}

function timesOfFiles(root: string): string[] {
  const format = String.raw`%p %Ts\0`;
  return execFileSync('find', ['.', '-type', 'f', '-printf', format], {
    cwd: root,
    encoding: 'latin1',
  })
    .split('\0')
    .toSorted();
}

/** The root itself exists before, or gets files after its time was set. */
function withoutTop(lines: string[]): string[] {
  return lines.filter((line) => !line.startsWith('. d'));
}
