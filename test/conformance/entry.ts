/** JSON as it is read and written. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** An object of a file system that a case asks for. */
export interface Given {
  readonly type: 'file' | 'dir' | 'link' | 'fifo' | 'char' | 'hardlink' | 'missing';
  /** Permission bits; undefined is 0644, for a directory 0755. */
  readonly mode?: number;
  readonly uid: number;
  readonly gid: number;
  readonly content: string;
  readonly target: string;
  /** Another path of the same tree. */
  readonly to: string;
  readonly rdev: readonly [major: number, minor: number];
}

/** Objects by their absolute path, in the order they are made. */
export type GivenTree = Readonly<Record<string, Given>>;

/** An object as it was found, in the form of the recorded cases. */
export interface Seen {
  readonly type: 'file' | 'dir' | 'link' | 'fifo' | 'char' | 'block' | 'socket' | 'missing';
  readonly mode?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number;
  /** UTF-8 text of up to 400 bytes; else there is `sha256`. */
  readonly content?: string;
  readonly sha256?: string;
  readonly target?: string;
  readonly rdev?: readonly [major: number, minor: number];
  /** Only if there are several. */
  readonly nlink?: number;
  /** What is mounted exactly there; several are stacked, the last on top. */
  readonly mount?: string | readonly string[];
  /** Why it is missing. */
  readonly error?: string;
}

/** Objects by their path from the top that was looked at. */
export type SeenTree = Readonly<Record<string, Seen>>;

/** A listed path as the node sees it. */
export interface SeenPath extends Seen {
  /** The object behind a link. */
  readonly resolved?: Seen & { readonly path?: string };
  /** Where the bytes live. */
  readonly source?: string;
  readonly mount_ro?: boolean;
  readonly writable?: boolean;
  readonly write_error?: string;
  readonly entries?: SeenTree;
}
