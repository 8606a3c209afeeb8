import type { Logger } from '../../agent/log.ts';
import type { Settings } from '../config.ts';
import type { Store } from '../db/store.ts';
import type { Progress } from './progress.ts';

/** What a verb is given: `const lslite = (context: Context) => command({...})`. */
export interface Context {
  readonly settings: Settings;
  /** Opens the database on first use, migrated; `main` closes it after the verb. */
  readonly store: () => Store;
  /** One line of output; what a pipe behind the command reads. */
  readonly print: (line: string) => void;
  readonly log: Logger;
  readonly progress: Progress;
  /** Relative paths of the command line are relative to this. */
  readonly cwd: string;
  /** All of standard input as text. */
  readonly stdin: () => Promise<string>;
}
