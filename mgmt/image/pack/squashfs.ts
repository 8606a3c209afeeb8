import type { Readable } from 'node:stream';
import type { Compression } from './compress.ts';
import { feed } from './feed.ts';
import type { Member } from './member.ts';

/**
 * Makes a squashfs of a tar archive: what it holds is decided once for all formats, and no name has
 * to be written into a list of mksquashfs. `top` lends the root its attributes.
 */
export async function makeSquashfs(
  archive: Readable,
  top: Member | undefined,
  to: { readonly output: string; readonly compression: Compression; readonly signal: AbortSignal },
): Promise<void> {
  const options = ['-tar', '-noappend', '-no-progress', '-quiet', '-xattrs'];
  const argv = [
    'mksquashfs',
    '-',
    to.output,
    ...options,
    ...rootOptions(top),
    ...compressionOptions[to.compression],
  ];
  const { stdout, finished } = feed(archive, argv, {
    signal: to.signal,
    install: 'squashfs-tools',
  });
  stdout.resume();
  await finished;
}

const compressionOptions: Readonly<Record<Compression, readonly string[]>> = {
  gzip: ['-comp', 'gzip'],
  zstd: ['-comp', 'zstd', '-Xcompression-level', '9'],
  xz: ['-comp', 'xz'],
  none: ['-noI', '-noD', '-noF', '-noX'],
};

/** mksquashfs passes over the root that the archive holds. */
function rootOptions(top: Member | undefined): string[] {
  if (top === undefined) return [];
  const { mode, uid, gid, mtime } = top;
  const seconds = mtime < 0n ? 0n : mtime / 1_000_000_000n;
  return [
    '-root-mode',
    mode.toString(8),
    '-root-uid',
    `${uid}`,
    '-root-gid',
    `${gid}`,
    '-root-time',
    `${seconds}`,
  ];
}
