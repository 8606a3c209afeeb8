import type { Logger } from '../../agent/log.ts';
import type { Settings } from '../config.ts';
import type { ServiceManager } from '../daemon/service-manager.ts';
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
  /** Standard error as it is, for a log of another form. */
  readonly err: (text: string) => void;
  readonly progress: Progress;
  /**
   * Relative paths of the command line are relative to this. Throws ERR_STATELITE_USAGE for who may
   * name no file here, so it is to be asked before any file is.
   */
  readonly cwd: string;
  /** Who started the command and waits for word of it; undefined if nobody does. */
  readonly serviceManager?: ServiceManager | undefined;
  /** All of standard input as text. */
  readonly stdin: () => Promise<string>;
}
