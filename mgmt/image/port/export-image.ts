import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdtemp, open, readdir, readlink, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import type { Cluster } from '../../core/cluster.ts';
import { withImageLock } from '../genimage/lock.ts';
import type { Collection } from './collect.ts';
import { renderManifest } from './manifest.ts';
import { member } from './members.ts';
import { litefileCsv, litetreeCsv, stateliteCsv } from './table-files.ts';
import { packTree } from './tree-out.ts';

export interface ExportTools {
  readonly signal: AbortSignal;
  readonly progress: Record<'step' | 'update' | 'done', (text: string) => void>;
  /** Each member's name as it is written. */
  readonly onMember: (name: string) => void;
}

export interface Exported {
  readonly bytes: number;
  /** What was left out, in words. */
  readonly warnings: readonly string[];
}

/**
 * Writes an image as one .tgz that imgimport and stock xCAT read: 0600, for it holds password hashes;
 * beside its place first, then renamed. The tree is packed into a directory beside, as a tar member
 * must say how long it is. Throws like `packTree` and for a full disk, ERR_STATELITE_NOT_FOUND for a
 * directory that is not there.
 */
export async function exportImage(
  image: string,
  { collection, cluster }: { readonly collection: Collection; readonly cluster: Cluster },
  output: string,
  tools: ExportTools,
): Promise<Exported> {
  const texts = {
    [member.manifest]: renderManifest(collection.manifest),
    [member.litefile]: litefileCsv(image, cluster),
    [member.litetree]: litetreeCsv(image, cluster),
    [member.statelite]: stateliteCsv(cluster),
  };
  const scratch = await scratchBeside(output);
  const beside = join(scratch, 'archive');
  try {
    return await withImageLock(collection.rootimgdir, async () => {
      tools.progress.step('packing the root image');
      const tree = { tree: join(scratch, member.tree), xattrs: join(scratch, member.xattrs) };
      const onBytes = (bytes: number) => tools.progress.update(megabytes(bytes));
      const warnings = await packTree(collection.rootimgdir, tree, { ...tools, onBytes });
      tools.progress.step('writing the archive');
      const archive = pack();
      const files = new Map([
        ...collection.files,
        [member.xattrs, tree.xattrs],
        [member.tree, tree.tree],
      ]);
      const writing = pipeline(
        archive,
        createGzip({ level: 1 }), // nearly all of it is compressed already
        createWriteStream(beside, { flags: 'wx', mode: 0o600 }),
        { signal: tools.signal },
      );
      const { directories } = collection;
      await Promise.all([writing, fill(archive, image, { texts, files, directories }, tools)]);
      const bytes = await flushed(beside);
      await rename(beside, output);
      tools.progress.done(`${output}: ${megabytes(bytes)}`);
      return { bytes, warnings };
    });
  } catch (error) {
    throw explained(error, output);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function scratchBeside(output: string): Promise<string> {
  try {
    return await mkdtemp(join(dirname(output), `.${basename(output)}.imgexport-`));
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'ENOTDIR')) throw cause;
    throw new StateliteError(
      'ERR_STATELITE_NOT_FOUND',
      `there is no directory ${dirname(output)}`,
      {
        hint: 'make it, or name another destination',
        cause,
      },
    );
  }
}

/** A size as people read it. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** By the names in the archive: texts, files of this machine, directories of it. */
interface Contents {
  readonly texts: Readonly<Record<string, string>>;
  readonly files: ReadonlyMap<string, string>;
  readonly directories: ReadonlyMap<string, string>;
}

async function fill(
  archive: Pack,
  image: string,
  { texts, files, directories }: Contents,
  { onMember }: ExportTools,
): Promise<void> {
  addDirectory(archive, `${image}/`);
  for (const [name, text] of Object.entries(texts)) {
    onMember(name);
    archive.entry({ name: `${image}/${name}`, mode: 0o600 }, text);
  }
  for (const [name, path] of files) {
    onMember(name);
    await addFile(archive, `${image}/${name}`, path);
  }
  for (const [name, path] of directories) {
    onMember(name);
    await addTree(archive, `${image}/${name}`, path);
  }
  archive.finalize();
}

async function addFile(archive: Pack, name: string, path: string): Promise<void> {
  await using file = await open(path);
  const { size, mode, mtime } = await file.stat();
  const entry = archive.entry({ name, size, mode: mode & 0o777, mtime, uid: 0, gid: 0 });
  if (size > 0) {
    const chunks = createReadStream(path, { end: size - 1, highWaterMark: 1 << 18 });
    for await (const chunk of chunks) {
      if (!entry.write(chunk))
        await new Promise((resume) => entry.once('drain', () => resume(undefined)));
    }
  }
  entry.end(null);
}

async function addTree(archive: Pack, name: string, path: string): Promise<void> {
  const stats = await lstat(path);
  if (stats.isSymbolicLink()) {
    archive.entry({ name, type: 'symlink', linkname: await readlink(path) });
  } else if (stats.isFile()) await addFile(archive, name, path);
  else if (stats.isDirectory()) {
    addDirectory(archive, `${name}/`);
    for (const below of (await readdir(path)).toSorted()) {
      await addTree(archive, `${name}/${below}`, join(path, below));
    }
  } else {
    throw new StateliteError('ERR_STATELITE_IMAGE', `${path} is neither file nor directory`, {
      hint: 'leave it out of the extra directory',
    });
  }
}

function addDirectory(archive: Pack, name: string): void {
  archive.entry({ name, type: 'directory', mode: 0o755 });
}

async function flushed(path: string): Promise<number> {
  await using file = await open(path);
  await file.sync();
  return (await file.stat()).size;
}

function explained(error: unknown, output: string): unknown {
  if (!hasCode(error, 'ENOSPC', 'EDQUOT')) return error;
  return new StateliteError('ERR_STATELITE_IMAGE', `there is no room for ${output}`, {
    cause: error,
    hint: 'it takes twice its size while it is made; name a directory on a larger disk',
  });
}
