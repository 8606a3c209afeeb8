import { realpath } from 'node:fs/promises';
import { hasCode } from '../../../agent/errors.ts';
import { below } from '../../../agent/rules/path.ts';
import { fsPath, textOf } from '../../../agent/files/bytes.ts';
import { isPrivateKey } from '../../core/private-key.ts';
import { withRootHash } from '../genimage/root-password.ts';
import { follow, mustFollow, type Image, namesIn, statusOf, type Tree } from './image.ts';
import { emptyWorkplace, makeDirectories } from './make.ts';
import { mirror } from './mirror.ts';
import { type RootLogin, rootHash } from './root-login.ts';

export interface SystemWish {
  /** Scripts that go to /xcatpost, if the directory exists. */
  readonly postscripts: string;
  readonly profile: string;
  /** Of root on the nodes; without it the image's own stays. */
  readonly rootLogin?: RootLogin | undefined;
}

/**
 * Root's field for /etc/shadow, if it is to change; the image is only read. Throws
 * ERR_STATELITE_IMAGE for a password that cannot be used (mgmt QUIRK-32).
 */
export async function newRootHash(
  image: Tree,
  { rootLogin }: SystemWish,
): Promise<string | undefined> {
  if (rootLogin === undefined) return undefined;
  const shadow = await readFile(image, '/etc/shadow');
  return shadow === undefined ? undefined : rootHash(rootLogin, shadow.text);
}

/** Files of the image that follow from its being read-only, or from the tables. */
export async function writeSystemFiles(
  image: Image,
  { postscripts, profile }: SystemWish,
  hash: string | undefined,
): Promise<void> {
  await edit(image, '/etc/fstab', (text) => withReadOnlyRoot(text, profile));
  if (hash !== undefined) await edit(image, '/etc/shadow', (text) => withRootHash(text, hash));
  await removeLeftovers(image);
  image.journal.about({ task: 'system', path: '/xcatpost' });
  await copyPostscripts(image, postscripts, await mustFollow(image, '/xcatpost'));
}

/** xCAT's genimage writes a line for the root that says rw; booted from this image it is read-only. */
function withReadOnlyRoot(text: string, profile: string): string {
  return text
    .split('\n')
    .map((line) =>
      line.startsWith(`${profile}_`) ? line.replace(/(?<=[\s,])rw(?=[\s,]|$)/u, 'ro') : line,
    )
    .join('\n');
}

/** Replaces a file as a whole, its attributes kept; a missing one stays missing. */
async function edit(image: Image, path: string, change: (text: string) => string): Promise<void> {
  image.journal.about({ task: 'system', path });
  const file = await readFile(image, path);
  if (file === undefined) return;
  const text = change(file.text);
  if (text === file.text) return;
  const place = await emptyWorkplace(image);
  await image.files.makeFile(place, text, file.place);
  await image.files.move(place, file.place);
}

/** Its bytes, one character each; undefined if it is no file. */
async function readFile(
  image: Tree,
  path: string,
): Promise<{ place: string; text: string } | undefined> {
  const place = await mustFollow(image, path);
  if (statusOf(image, place)?.isFile() !== true) return undefined;
  return { place, text: (await image.files.content(place)).toString('latin1') };
}

/** What dracut leaves behind when it is killed, directories too (mgmt QUIRK-34). */
async function removeLeftovers(image: Image): Promise<void> {
  const directory = await follow(image, '/tmp');
  if (directory === undefined || statusOf(image, directory)?.isDirectory() !== true) return;
  for (const name of await namesIn(image, directory)) {
    if (!name.startsWith('dracut.')) continue;
    image.journal.about({ task: 'leftover', path: below('/tmp', name) });
    await image.files.remove(`${directory}/${name}`);
  }
}

/** What the image has there besides stays. Every node can read it, so private keys stay here. */
async function copyPostscripts(image: Image, from: string, to: string): Promise<void> {
  await makeDirectories(image, to.slice(image.root.length));
  const before = async (place: string) => {
    if (!(await holdsPrivateKey(image, fsPath(place)))) return place;
    image.notes.push(`${textOf(place)} holds a private key and is not copied to /xcatpost`);
    return undefined;
  };
  try {
    await mirror(image, { from: await realpath(from), to, others: 'stay', before });
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || statusOf(image, from) !== undefined) throw error;
  }
}

/** Nobody keeps a key in a larger file, which is not worth to be read. */
const largest = 16n * 1024n * 1024n;

async function holdsPrivateKey({ files }: Tree, place: Buffer): Promise<boolean> {
  const stats = files.status(place);
  if (stats?.isFile() !== true || stats.size > largest) return false;
  return isPrivateKey(await files.content(place));
}
