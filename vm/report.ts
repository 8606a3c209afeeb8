import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The last lines of every log in a directory, consoles last, as a failed test prints them. */
export async function tails(logs: string, lines = 40): Promise<string> {
  const groups = Object.groupBy((await readdir(logs)).toSorted(), kindOf);
  const names = [...(groups.server ?? []), ...(groups.console ?? [])];
  const parts = await Promise.all(
    names.map(async (name) => lastLines(name, await readFile(join(logs, name), 'utf8'), lines)),
  );
  return parts.join('');
}

function kindOf(name: string): 'console' | 'server' {
  return name.endsWith('.console.log') ? 'console' : 'server';
}

/** One log's part of a report; a log that says nothing has none. */
export function lastLines(name: string, text: string, lines: number): string {
  if (text.trim() === '') return '';
  const all = text.trimEnd().split('\n');
  const left = all.length > lines ? ` (last ${lines} of ${all.length} lines)` : '';
  const kept = all.slice(-lines).map((line) => `  | ${printable(line.trimEnd())}\n`);
  return `--- ${name}${left}\n${kept.join('')}`;
}

/** Control characters as `^X`: firmware clears the screen and moves about on it. */
export function printable(text: string): string {
  return text.replaceAll(
    /(?!\t)\p{Cc}/gu,
    (control) => `^${String.fromCharCode(control.charCodeAt(0) ^ 0x40)}`,
  );
}
