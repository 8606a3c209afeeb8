/** What may stand in place of the last word. */
export interface Answer {
  /** For files and directories the shell itself looks. */
  readonly kind: 'words' | 'files' | 'directories';
  /** So many characters of the word stay as they are typed; what is offered comes after them. */
  readonly kept: number;
  readonly candidates: readonly Candidate[];
}

export interface Candidate {
  readonly text: string;
  /** What it is for; the program's own words, never from a table. */
  readonly note?: string;
}

/** The different words of a `table.column`; of `nodelist.groups` those of the lists. */
export type Names = (column: string) => Promise<readonly string[]>;

export function offer(kept: number, candidates: readonly Candidate[]): Answer {
  return { kind: 'words', kept, candidates };
}

export function paths(kind: 'files' | 'directories'): Answer {
  return { kind, kept: 0, candidates: [] };
}

/** Candidates with nothing to say about them, an ending added to each. */
export function plain(texts: Iterable<string>, ending = ''): Candidate[] {
  return Array.from(texts, (text) => ({ text: text + ending }));
}

/** Where the last word of a comma list begins. */
export function afterComma(typed: string): number {
  return typed.lastIndexOf(',') + 1;
}
