import { createLogger, type Logger } from '../../agent/log.ts';
import { createProgress, type Progress } from './progress.ts';

/** The process around `main`; a test brings its own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The names the program was called by: a verb among them is implied. */
  readonly names: readonly string[];
  /** The directory of the program. */
  readonly directory: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly stdin: () => Promise<string>;
  /** What stderr is: a terminal so many columns wide, the journal, or a file or pipe. */
  readonly stderr: { readonly columns: number } | 'journal' | 'plain';
}

/** The logger and the progress of a command, which share stderr. */
export function openStderr({ err, stderr }: Pick<Io, 'err' | 'stderr'>): {
  log: Logger;
  progress: Progress;
} {
  const columns = typeof stderr === 'object' ? stderr.columns : undefined;
  const { progress, aside } = createProgress(err, columns);
  const write = (record: string) => {
    if (stderr === 'journal') err(record);
    else aside(forPeople(record));
  };
  return { log: createLogger('statelite', write), progress };
}

/** Priorities in words where they matter; debug records are for the journal. */
function forPeople(record: string): string {
  if (record.startsWith('<7>')) return '';
  return record.replace(/^<4>statelite: /u, 'statelite: warning: ').replace(/^<\d>/u, '');
}
