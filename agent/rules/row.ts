import { StateliteError } from '../errors.ts';
import type { LitefileRow } from '../protocol/answer.ts';
import { isConcatenated, type Option, parseOptions } from './options.ts';
import { parsePath } from './path.ts';

/** /etc/mtab is implicit; a written row for it means the same whatever its words (semantics 1.6). */
export const mtab = '/etc/mtab';

/** A litefile row that is valid by itself. */
export interface ParsedRow {
  /** As the table has it, for messages. */
  readonly written: string;
  readonly path: string;
  readonly directory: boolean;
  readonly option: Option;
}

/**
 * Checks one litefile row by itself (semantics 1.2–1.4). Throws ERR_STATELITE_ROW naming the row
 * and the rule.
 */
export function parseRow({ file, options }: Pick<LitefileRow, 'file' | 'options'>): ParsedRow {
  const { path, directory } = parsePath(file);
  if (path === mtab) return { written: file, path, directory: false, option: 'link' };
  const option = parseOptions(file, options);
  if (directory && isConcatenated(option)) refuseConcatenatedDirectory(file);
  return { written: file, path, directory, option };
}

/** `con` joins files; a directory cannot be joined (semantics 1.4). */
export function refuseConcatenatedDirectory(file: string): never {
  throw new StateliteError(
    'ERR_STATELITE_ROW',
    `litefile row ${JSON.stringify(file)} is a directory and cannot be concatenated`,
    { hint: 'use con for files; list the files, or make the directory tmpfs' },
  );
}
