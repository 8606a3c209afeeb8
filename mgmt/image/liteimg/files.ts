import type { BigIntStats } from 'node:fs';
import { type Bytes, bytesOf } from '../../../agent/files/bytes.ts';

/** A path of this machine: text, or the bytes of a name that may be none. */
export type Place = string | Buffer;

export type Status = Pick<
  BigIntStats,
  'mode' | 'uid' | 'gid' | 'size' | 'mtimeNs' | 'rdev' | 'isDirectory' | 'isFile' | 'isSymbolicLink'
>;

export interface Reads {
  /** lstat, or undefined if there is nothing. */
  status(place: Place): Status | undefined;
  names(directory: Place): Promise<Buffer[]>;
  target(link: Place): Promise<Buffer>;
  content(file: Place): Promise<Buffer>;
  sameBytes(one: Place, other: Place): Promise<boolean>;
}

/**
 * Everything that liteimg reads and changes of an image: the disk, or a pretence of it for a dry run.
 * Changes that return a boolean tell whether they changed anything.
 */
export interface Files extends Reads {
  /** Root's, 0755 whatever the umask is, if there is nothing. */
  makeDirectory(place: Place): Promise<boolean>;
  /** Root's, 0644, if there is nothing; with `like`, that file's attributes. */
  makeFile(place: Place, content?: string, like?: Place): Promise<boolean>;
  makeLink(place: Place, target: string): Promise<void>;
  /** A second name for a file. */
  addName(place: Place, name: Place): Promise<void>;
  move(from: Place, to: Place): Promise<void>;
  /** With all that is in it; fine if there is nothing. */
  remove(place: Place): Promise<boolean>;
  /** A directory, if it is there and empty. */
  removeEmpty(directory: Place): Promise<boolean>;
  replace(file: Place, text: string): Promise<void>;
  copies(): Copies;
}

/** Copies out of one source: hard links within it stay hard links. */
export interface Copies {
  /** What is no directory; `to` must not exist. */
  object(from: Place, to: Place): Promise<void>;
  /** Owner, mode, times, xattrs and ACLs. */
  attributes(from: Place, to: Place): Promise<void>;
}

export function placeBytes(place: Place): Bytes {
  return typeof place === 'string' ? bytesOf(place) : place.toString('latin1');
}
