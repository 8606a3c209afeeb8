/** What one family of distributions has of its own. */
export interface Family {
  /** For people, in the name of its directory in the cache. */
  readonly name: string;
  /** osimage.osvers of it, as copycds finds it out. */
  readonly osvers: string;
  /** The label of the disc. */
  readonly volume: string;
  /** For every spec file. */
  readonly macros: Readonly<Record<string, string>>;
  /** Its packages by their spec file, and the directory of the media that each is in. */
  readonly places: Readonly<Record<string, string>>;
  /** Makes media of a tree of packages: repository data, and the files it is recognised by. */
  finish(tree: string): Promise<void>;
}
