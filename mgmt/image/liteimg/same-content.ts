import { type Bytes, bytesOf, fsPath } from '../../../agent/files/bytes.ts';
import { isWithin } from '../../../agent/rules/path.ts';
import type { Files } from './files.ts';
import type { PlaceBefore } from './place-before.ts';

export interface Comparison {
  /** Both absolute on this machine; an original behind a loop of links is none. */
  readonly copy: string;
  readonly original: string | undefined;
  /** Paths below both that do not count, told from there. */
  readonly but: ReadonlySet<string>;
  /** What stood below the original before liteimg is what counts. */
  readonly before: PlaceBefore;
}

/**
 * Whether a copy is still what it was copied from: owners, modes, bytes of files, targets of
 * links, names of directories.
 */
export async function sameContent(
  files: Files,
  { copy, original, but, before }: Comparison,
): Promise<boolean> {
  if (original === undefined || isWithin(original, copy)) return false; // the only one there is
  const context = { files, but: new Set([...but].map(bytesOf)), before };
  return sameObject(context, bytesOf(copy), bytesOf(original), '');
}

interface Context extends Pick<Comparison, 'before'> {
  readonly files: Files;
  readonly but: ReadonlySet<Bytes>;
}

async function sameObject(
  context: Context,
  copy: Bytes,
  original: Bytes,
  path: Bytes,
): Promise<boolean> {
  const { files } = context;
  const [one, other] = [fsPath(copy), fsPath(original)];
  const [a, b] = [files.status(one), files.status(other)];
  if (a?.mode !== b?.mode || a?.uid !== b?.uid || a?.gid !== b?.gid) return false;
  if (a === undefined || b === undefined) return true;
  if (a.isDirectory()) return sameNames(context, copy, original, path);
  if (a.isSymbolicLink()) return (await files.target(one)).equals(await files.target(other));
  if (!a.isFile()) return a.rdev === b.rdev;
  return a.size === b.size && files.sameBytes(one, other);
}

async function sameNames(
  context: Context,
  copy: Bytes,
  original: Bytes,
  path: Bytes,
): Promise<boolean> {
  const counts = (name: Bytes) => !context.but.has(`${path}/${name}`);
  const names = new Set((await namesIn(context, copy)).filter(counts));
  for (const name of (await namesIn(context, original)).filter(counts)) {
    const other = await context.before(`${original}/${name}`);
    if (other === undefined) continue;
    const isSame = await sameObject(context, `${copy}/${name}`, other, `${path}/${name}`);
    if (!isSame) return false;
    names.delete(name);
  }
  return names.size === 0;
}

async function namesIn({ files }: Context, directory: Bytes): Promise<Bytes[]> {
  return (await files.names(fsPath(directory))).map((name) => name.toString('latin1'));
}
