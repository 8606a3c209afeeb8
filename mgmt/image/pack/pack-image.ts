import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { type RootLogin, rootHash } from '../liteimg/root-login.ts';
import { withRootHash } from '../genimage/root-password.ts';
import type { Compression } from './compress.ts';
import { readExlist } from './exlist.ts';
import type { ImagePlace } from './image-place.ts';
import { type PackedBase, packedName } from './packed-names.ts';
import { type Format, type Packed, packRoot, selectMembers } from './pack-root.ts';
import { removeOthers } from './remove-others.ts';
import type { Edit } from './select.ts';

export interface PackImageOptions {
  readonly image: ImagePlace;
  /** The tree, absolute and without links. */
  readonly root: string;
  readonly base: PackedBase;
  readonly format: Format;
  readonly compression: Compression;
  /** Of root in the packed copy; without it as the tree has it. */
  readonly rootLogin?: RootLogin | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface PackedImage extends Packed {
  readonly output: string;
  /** Packed roots of another kind, which are gone. */
  readonly removed: readonly string[];
}

/**
 * Packs an image's root beside it, honouring its exclude lists: as liteimg prepared it, or for
 * stateless nodes as it was before. The tree is only read (mgmt QUIRK-56). Then it is the only packed
 * root of its kind. The caller has the image's lock. Throws as `packRoot` does.
 */
export async function packImage(options: PackImageOptions): Promise<PackedImage> {
  const { image, base, format, compression, signal, onProgress } = options;
  const name = packedName(base, format, compression);
  const output = join(image.rootimgdir, name);
  const selection = await selectionOf(options);
  const packed = await packRoot({ ...selection, format, compression, output, signal, onProgress });
  return { ...packed, output, removed: await removeOthers(image.rootimgdir, base, name) };
}

/** What would be packed, in words; nothing is written. */
export async function planPack(options: PackImageOptions): Promise<string[]> {
  const { image, base, format, compression, signal } = options;
  const { members, unpacked, warnings } = await selectMembers({
    ...(await selectionOf(options)),
    signal,
  });
  const size = `${members.length} objects with ${mebibytes(unpacked)}`;
  const name = packedName(base, format, compression);
  return [`${size} would be packed to ${join(image.rootimgdir, name)}`, ...warnings];
}

/** How it was packed, in one line. */
export function describePacked({
  output,
  members,
  unpacked,
  packed,
  removed,
}: PackedImage): string {
  const gone = removed.length === 0 ? '' : `; removed ${removed.join(', ')}`;
  return `${basename(output)}: ${members} objects, ${mebibytes(unpacked)} packed to ${mebibytes(packed)}${gone}`;
}

async function selectionOf({ image, root, base, rootLogin }: PackImageOptions) {
  const edits: Edit[] = [
    { path: '/etc/fstab', change: (text) => withWritableRoot(text, image.profile) },
    { path: '/opt/xcat/xcatinfo', change: (text = '') => withIdentity(text, image.name) },
  ];
  if (rootLogin !== undefined) {
    edits.push({ path: '/etc/shadow', change: (text) => withLogin(text, rootLogin) });
  }
  return {
    root,
    exclude: await readExlist(image.exlist),
    view: base === 'rootimg' ? ('before liteimg' as const) : ('as it is' as const),
    edits,
  };
}

/** A root in memory is written to: the line for it does not say `ro` (node QUIRK-38). */
function withWritableRoot(text: string | undefined, profile: string): string | undefined {
  if (profile === '') return text;
  return text
    ?.split('\n')
    .map((line) =>
      line.startsWith(`${profile}_`) ? line.replace(/(?<=[\s,])ro(?=[\s,]|$)/u, 'rw') : line,
    )
    .join('\n');
}

/** Which image a node runs and when it was packed, in the lines of xCAT; others stay. */
function withIdentity(text: string, name: string): string {
  const others = text
    .split('\n')
    .filter((line) => line !== '' && !/^(?:IMAGENAME|IMAGEUUID|TIMESTAMP)=/u.test(line));
  const ours = [
    `IMAGENAME='${Buffer.from(name)
      .toString('latin1')
      .replaceAll("'", String.raw`'\''`)}'`,
    `IMAGEUUID='${randomUUID()}'`,
    `TIMESTAMP='${new Date().toUTCString()}'`,
  ];
  return [...others, ...ours].map((line) => `${line}\n`).join('');
}

/** In the packed copy only (site.secureroot and the passwd table). */
async function withLogin(text: string | undefined, login: RootLogin): Promise<string | undefined> {
  const hash = text === undefined ? undefined : await rootHash(login, text);
  return text === undefined || hash === undefined ? undefined : withRootHash(text, hash);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
