import type { Bytes } from './bytes.ts';

export type MemberType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'link'
  | 'character device'
  | 'block device'
  | 'FIFO'
  | 'socket';

/** One object of an archive, as its header says. Nothing of it is to be trusted. */
export interface Member {
  readonly type: MemberType;
  /** As it was packed: `./etc/hosts`, `/etc/hosts` or worse. */
  readonly path: Bytes;
  /** Permissions with the set-id bits and the sticky one. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Bytes of data that follow; 0 for everything but a file. */
  readonly size: number;
  /** What a symlink leads to; the path of an earlier member that a hard link is another name of. */
  readonly target: Bytes;
  readonly device: { readonly major: number; readonly minor: number };
  /** Files of one key are one file of several names. */
  readonly sameAs?: string;
}

/** What a parser finds, in order: a member, then its data in pieces. */
export type Part = Member | Buffer;

/** The archive is damaged, or not meant for us. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}
