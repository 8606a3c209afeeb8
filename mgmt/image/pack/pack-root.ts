import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, open, realpath, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { replaceFile } from '../../../agent/files/replace.ts';
import { type Compression, compressed } from './compress.ts';
import { cpioArchive } from './cpio.ts';
import type { Exlist } from './exlist.ts';
import type { Member } from './member.ts';
import { leaveOutLiteimg, originalSource } from './original-tree.ts';
import { type Edit, withEdits, withoutExcluded } from './select.ts';
import { makeSquashfs } from './squashfs.ts';
import { tarArchive } from './tar.ts';
import { collectMembers, diskSource } from './tree.ts';
import { readXattrs } from './xattrs.ts';

export type Format = 'cpio' | 'tar' | 'squashfs';

export interface PackOptions {
  /** The tree; everything below it is packed, whatever is excluded. */
  readonly root: string;
  readonly exclude: Exlist;
  readonly format: Format;
  readonly compression: Compression;
  /** The file; `<output>.sha256` is written beside it. */
  readonly output: string;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the tree's files that are read, of all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** The tree as it is, or as it was before liteimg; the latter is asked of a prepared tree only. */
  readonly view?: 'as it is' | 'before liteimg';
  /** Files that are different in the packed root; the tree stays as it is. */
  readonly edits?: readonly Edit[];
}

export interface Packed {
  readonly members: number;
  /** Bytes of the files that are packed, every name of a file counted once. */
  readonly unpacked: number;
  /** Bytes of the output. */
  readonly packed: number;
  readonly sha256: string;
  /** What was left out and why, in words. */
  readonly warnings: readonly string[];
}

/** What would be packed; nothing is written. */
export interface Selection extends Pick<Packed, 'unpacked' | 'warnings'> {
  readonly members: readonly Member[];
}

/**
 * Packs a tree into one file, 0644: written beside, flushed, renamed, so that whatever happens the
 * earlier one is whole. The order of members depends on their names only. Throws ERR_STATELITE_IMAGE
 * for what cannot be packed and for a full disk, the signal's reason when it is told to stop.
 */
export async function packRoot(options: PackOptions): Promise<Packed> {
  const { output, signal = new AbortController().signal } = options;
  const beside = besideOf(output);
  try {
    const selection = await selectMembers(options);
    const warnings = [...selection.warnings];
    await rm(beside, { force: true }); // of a killed run
    await writeArchive(selection, beside, { ...options, signal }, (text) => warnings.push(text));
    await chmod(beside, 0o644);
    const { sha256, packed } = await flushed(beside, signal);
    signal.throwIfAborted();
    await publish(beside, output, sha256);
    const { members, unpacked } = selection;
    return { members: members.length, unpacked, packed, sha256, warnings };
  } catch (error) {
    const needed = await sizeOf(beside);
    await rm(beside, { force: true });
    signal.throwIfAborted();
    throw isFull(error) ? await diskFull(output, needed, error) : error;
  }
}

/** The members of a tree that are left after the exclude list, with the edits. */
export async function selectMembers({
  root: written,
  exclude,
  view,
  edits = [],
  signal,
}: Pick<PackOptions, 'root' | 'exclude' | 'view' | 'edits' | 'signal'>): Promise<Selection> {
  const root = await realpath(written);
  const warnings: string[] = [];
  const warn = (text: string) => void warnings.push(text);
  const isOriginal = view === 'before liteimg';
  const source = (isOriginal ? await originalSource(root) : undefined) ?? diskSource(root);
  const leaveOut = isOriginal ? leaveOutLiteimg : () => false;
  const all = await collectMembers(root, source, { leaveOut, warn, signal });
  const members = await withEdits(withoutExcluded(all, exclude), edits);
  return { members, unpacked: bytesOfFiles(members), warnings: [...exclude.warnings, ...warnings] };
}

async function writeArchive(
  { members, unpacked }: Selection,
  beside: string,
  { format, compression, onProgress, signal }: PackOptions & { readonly signal: AbortSignal },
  warn: (text: string) => void,
): Promise<void> {
  const counted = (archive: AsyncIterable<Uint8Array>) =>
    Readable.from(
      countBytes(archive, (done) => onProgress?.(Math.min(done, unpacked), unpacked)),
      {
        objectMode: false,
      },
    );
  if (format === 'cpio') {
    await save(await compressed(counted(cpioArchive(members)), compression, signal), beside);
    return;
  }
  const xattrs = await readXattrs(members, warn, signal);
  const archive = counted(
    tarArchive(members, xattrs, format === 'squashfs' ? 'mksquashfs' : 'any'),
  );
  if (format === 'tar') await save(await compressed(archive, compression, signal), beside);
  else await makeSquashfs(archive, members[0], { output: beside, compression, signal });
}

async function* countBytes(archive: AsyncIterable<Uint8Array>, onBytes: (done: number) => void) {
  let done = 0;
  for await (const bytes of archive) {
    yield bytes;
    done += bytes.length;
    onBytes(done);
  }
}

async function save(chunks: AsyncIterable<Uint8Array>, file: string): Promise<void> {
  await using handle = await open(file, 'wx', 0o600);
  for await (const bytes of chunks) await handle.writeFile(bytes); // appends, whole
}

async function flushed(file: string, signal: AbortSignal) {
  const hash = createHash('sha256');
  let packed = 0;
  for await (const bytes of createReadStream(file, { highWaterMark: 1 << 20, signal })) {
    hash.update(bytes);
    packed += bytes.length;
  }
  await using handle = await open(file);
  await handle.sync();
  return { sha256: hash.digest('hex'), packed };
}

/** A digest never stands beside another file than its own: between the renames there is none. */
async function publish(beside: string, output: string, sha256: string): Promise<void> {
  await rm(digestOf(output), { force: true });
  await rename(beside, output);
  await replaceFile(digestOf(output), `${sha256}  ${basename(output)}\n`);
  await using directory = await open(dirname(output));
  await directory.sync();
}

/** The digest's file, as sha256sum(1) writes and checks it. */
export function digestOf(output: string): string {
  return `${output}.sha256`;
}

/** Where an output is written: a name of its own, so that what a killed run left is found again. */
export function besideOf(output: string): string {
  return join(dirname(output), `.${basename(output)}.new`);
}

function bytesOfFiles(members: readonly Member[]): number {
  const seen = new Set<string>();
  let sum = 0;
  for (const { identity, size } of members) {
    if (identity !== undefined && seen.has(identity)) continue;
    if (identity !== undefined) seen.add(identity);
    sum += size;
  }
  return sum;
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return 0;
    throw error;
  }
}

/** Of this process, or as a program's words. */
function isFull(error: unknown): boolean {
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) return true;
  return (
    error instanceof Error && /No space left on device|Disk quota exceeded/u.test(error.message)
  );
}

async function diskFull(output: string, written: number, cause: unknown): Promise<StateliteError> {
  const { bavail, bsize } = await statfs(dirname(output));
  return new StateliteError(
    'ERR_STATELITE_IMAGE',
    `no space is left in ${dirname(output)} for ${basename(output)}: it needs more than the ` +
      `${mebibytes(Math.max(written, bavail * bsize))} that were free; the earlier one is as it was`,
    {
      hint: 'free space there (statelite image gc), leave more out (exlist), or pack smaller: -m squashfs',
      cause,
    },
  );
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
