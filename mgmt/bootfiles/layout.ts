import type { BootEntry } from './render/entry.ts';

/** The boot loaders that boot files are written for: what noderes.netboot may be. */
export type Loader = 'xnba' | 'pxe' | 'grub2' | 'grub2-http' | 'yaboot' | 'petitboot';

/** A file below tftpdir, or a symlink there whose text is `link`. */
export type BootFile =
  | { readonly path: string; readonly content: string }
  | { readonly path: string; readonly link: string };

/** What a node is to do at its next boot. */
export type BootState = BootEntry | 'boot' | 'offline';

/** A node as the names of its boot files know it. */
export interface BootNode {
  readonly node: string;
  readonly loader: Loader;
  /** Lower case, with colons; undefined only of a node that is to be offline. */
  readonly mac: string | undefined;
  /** Undefined if it is not known: loaders then find the file by MAC. */
  readonly address: string | undefined;
}

/** What one loader asks for, and where nodeset writes it. */
export interface Layout {
  /** The file by the node's name; its comment line tells the state. */
  readonly path: (node: string) => string;
  /** What that file says; undefined: it is to go. */
  readonly render: (state: BootState) => string | undefined;
  /** Names that the loader asks for by address or MAC, which lead to that file. */
  readonly links: readonly LinkPlace[];
  /** Other names of a node, ours or stock's, by which its firmware or loader finds something. */
  readonly others?: (node: string) => readonly string[];
  /** What of those a state needs. */
  readonly more?: (boot: BootNode, state: BootState) => readonly BootFile[];
  /** Names in the directory of `path` that are not a node's. */
  readonly reserved?: RegExp;
}

/** Links of one kind: all that match stand for a node, so that those of an old address can be found. */
export interface LinkPlace {
  /** Below tftpdir; '.' is tftpdir itself. */
  readonly directory: string;
  readonly pattern: RegExp;
  /** What stands before the node's name in the text of the link. */
  readonly target: string;
  readonly names: (boot: BootNode) => readonly (string | undefined)[];
}
