import type { Context } from './context.ts';

/** Prints lines at once: for ten thousand nodes, a write for each takes longer than to find them. */
export function printLines({ print }: Pick<Context, 'print'>, lines: readonly string[]): void {
  if (lines.length > 0) print(lines.join('\n'));
}
