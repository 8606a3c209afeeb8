import { type Bytes, bytesOf, directoriesAbove, fsPath } from '../../../agent/files/bytes.ts';
import type { Copies, Files, Status } from './files.ts';
import type { Image } from './image.ts';
import type { Journal } from './journal.ts';
import type { PlaceBefore } from './place-before.ts';

export interface Mirror {
  /** Both absolute on this machine. */
  readonly from: string;
  readonly to: string;
  /** Listed paths below, relative to both (`/log/app`): each is mirrored by itself. */
  readonly leaveOut?: readonly string[];
  /** What becomes of names that only `to` has. */
  readonly others: 'vanish' | 'stay';
  /** What stood below `from` before liteimg is what is copied. */
  readonly before?: PlaceBefore;
}

/**
 * Makes `to` a copy of `from`: what changed is copied (semantics 4.1). What did not change is not
 * touched, so a second run changes nothing.
 */
export async function mirror({ files, journal }: Image, wish: Mirror): Promise<void> {
  const { from, to, leaveOut = [], others, before = async (place) => place } = wish;
  const skip = new Set(leaveOut.map(bytesOf));
  const above = directoriesAbove(skip);
  const context = { files, journal, copies: files.copies(), skip, above, others, before };
  await mirrorObject(context, bytesOf(from), bytesOf(to), '');
}

interface Context extends Required<Pick<Mirror, 'others' | 'before'>> {
  readonly files: Files;
  readonly journal: Journal;
  readonly copies: Copies;
  readonly skip: ReadonlySet<Bytes>;
  readonly above: ReadonlySet<Bytes>;
}

async function mirrorObject(context: Context, from: Bytes, to: Bytes, path: Bytes): Promise<void> {
  const { files, copies } = context;
  const [source, target] = [files.status(fsPath(from)), files.status(fsPath(to))];
  if (source === undefined) return;
  if (source.isDirectory()) {
    if (target !== undefined && !target.isDirectory()) await files.remove(fsPath(to));
    await files.makeDirectory(fsPath(to));
    await mirrorNames(context, from, to, path);
    // Its new time may be the right one by chance, as clocks tick slowly.
    const isTouched = context.journal.hasTouched(fsPath(to));
    if (isTouched || !sameAttributes(source, files.status(fsPath(to)))) {
      await copies.attributes(fsPath(from), fsPath(to));
    }
    return;
  }
  if (target !== undefined && (await sameObject(files, from, to))) return;
  await files.remove(fsPath(to));
  await copies.object(fsPath(from), fsPath(to));
}

async function mirrorNames(context: Context, from: Bytes, to: Bytes, path: Bytes): Promise<void> {
  const places = new Map<Bytes, Bytes>();
  for (const name of await namesIn(context, from)) {
    const place = await context.before(`${from}/${name}`);
    if (place !== undefined) places.set(name, place);
  }
  for (const name of context.others === 'vanish' ? await namesIn(context, to) : []) {
    if (!places.has(name)) await removeUnlisted(context, `${to}/${name}`, `${path}/${name}`);
  }
  for (const [name, place] of places) {
    const child = `${path}/${name}`;
    if (!context.skip.has(child)) await mirrorObject(context, place, `${to}/${name}`, child);
  }
}

async function removeUnlisted(context: Context, place: Bytes, path: Bytes): Promise<void> {
  if (context.skip.has(path)) return;
  if (!context.above.has(path)) return void (await context.files.remove(fsPath(place)));
  for (const name of await namesIn(context, place)) {
    await removeUnlisted(context, `${place}/${name}`, `${path}/${name}`);
  }
}

async function namesIn({ files }: Context, directory: Bytes): Promise<Bytes[]> {
  return (await files.names(fsPath(directory))).map((name) => name.toString('latin1'));
}

async function sameObject(files: Files, from: Bytes, to: Bytes): Promise<boolean> {
  const [one, other] = [fsPath(from), fsPath(to)];
  const [source, target] = [files.status(one), files.status(other)];
  if (source?.isSymbolicLink() === true && target?.isSymbolicLink() === true) {
    const isSame = (await files.target(one)).equals(await files.target(other));
    return isSame && source.uid === target.uid && source.gid === target.gid;
  }
  const same =
    source?.mode === target?.mode && source?.size === target?.size && source?.rdev === target?.rdev;
  return same && sameAttributes(source, target);
}

function sameAttributes(source: Status | undefined, target: Status | undefined): boolean {
  return (
    source?.mode === target?.mode &&
    source?.uid === target?.uid &&
    source?.gid === target?.gid &&
    source?.mtimeNs === target?.mtimeNs
  );
}
