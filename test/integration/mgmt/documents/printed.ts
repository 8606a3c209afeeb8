export const isDirectory = Symbol('a directory');
export const isAbsent = Symbol('nothing');

/** What must be so after a line has run; absent parts are not looked at. */
export interface Outcome {
  /** Parts of standard output. */
  readonly prints?: readonly string[];
  /** Part of a row of each of these tables. */
  readonly rows?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** By path: part of the text, where a link leads, or what is there instead. */
  readonly files?: Readonly<
    Record<string, string | { readonly link: string } | typeof isDirectory | typeof isAbsent>
  >;
  /** Packages that the database of an image's own rpm has: the root and the name. */
  readonly installed?: readonly (readonly [string, string])[];
}

/**
 * How a line is done. `verb`: by our verb of that name. `program`: by the shell and the program it
 * names. `cd`: later lines are done there. `effect`: only what it is to bring about is seen, or made
 * by `first`. `elsewhere`: it needs the power, the console or the shell of a node.
 */
type How =
  | { readonly how: 'verb' | 'program' | 'cd' }
  | { readonly how: 'effect' | 'elsewhere'; readonly why: string };

/** A command line of a document. */
export type PrintedLine = How & {
  readonly section: string;
  /** As printed, each line of paper for itself. */
  readonly printed: readonly [string, ...string[]];
  /** Words that are others here, besides the directories, and why. */
  readonly adapted?: { readonly why: string; readonly words: Readonly<Record<string, string>> };
  /** What the text around it asks for without printing it: command lines, then files written by hand. */
  readonly first?: readonly string[];
  readonly written?: Readonly<Record<string, string>>;
  /** It is for the machine's own /boot and /lib/modules, not only for files below its directories. */
  readonly ownKernels?: true;
  readonly outcome?: Outcome;
};

/** A document with its lines in order. */
export interface PrintedDocument {
  readonly name: string;
  /** What a management node has before its first line. */
  readonly before: readonly string[];
  readonly lines: readonly PrintedLine[];
}
