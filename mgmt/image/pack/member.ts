import type { Bytes } from '../../../agent/files/bytes.ts';

/** One object of a packed root. */
export interface Member {
  /** From the root, without a slash in front; blank is the root itself. */
  readonly path: Bytes;
  readonly kind: Kind;
  /** Permission bits only. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  /** Bytes of a file, else 0. */
  readonly size: number;
  /** Of a device. */
  readonly device: { readonly major: number; readonly minor: number };
  /** Of a symlink. */
  readonly target: Bytes;
  /** The same for all names of one file; undefined if it has but one. */
  readonly identity: string | undefined;
  /** Where its content and extended attributes are on this machine, or the content itself. */
  readonly source: { readonly place: Bytes } | { readonly data: Buffer };
}

export type Kind = 'directory' | 'file' | 'link' | 'character device' | 'block device' | 'fifo';

/** A member that is on no disk: root's, of now unless `like` lends its attributes. */
export function newMember(
  path: Bytes,
  kind: 'directory' | 'file',
  data: Buffer = Buffer.alloc(0),
  like?: Member,
): Member {
  return {
    path,
    kind,
    mode: like?.mode ?? (kind === 'file' ? 0o644 : 0o755),
    uid: like?.uid ?? 0,
    gid: like?.gid ?? 0,
    mtime: like?.mtime ?? BigInt(Date.now()) * 1_000_000n,
    size: data.length,
    device: { major: 0, minor: 0 },
    target: '',
    identity: undefined,
    source: { data },
  };
}

/** For messages: the path in the image. */
export function nameOf({ path }: Pick<Member, 'path'>): string {
  return `/${Buffer.from(path, 'latin1').toString()}`;
}

/** The directory of a member; that of a name in the root is the root. */
export function directoryOf(path: Bytes): Bytes {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Parents first, names in the order of their bytes. */
export function inOrder(members: Iterable<Member>): Member[] {
  const key = ({ path }: Member) => path.replaceAll('/', '\0');
  return [...members].toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
