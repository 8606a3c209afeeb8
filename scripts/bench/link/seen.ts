import { createHash } from 'node:crypto';
import { accessSync, constants, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hasCode } from '../../../agent/errors.ts';
import { chase } from '../../../agent/files/chase.ts';
import type { LitefileRow } from '../../../agent/protocol/answer.ts';

/**
 * What a node sees at every listed path, links followed as it would: names, types, modes, owners,
 * contents, and whether it can be written to. Long texts are hashed.
 */
export async function seenOf(
  root: string,
  rows: readonly LitefileRow[],
): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const { file } of rows) {
    const place = await chase(root, file);
    const text = told(place).join('\n');
    seen[file] = text.length < 200 ? text.replaceAll(root, '') : hash(text);
  }
  return seen;
}

/** A script that ends in something else is nothing to compare with: throws, naming the first path. */
export function refuseOther(
  expected: Readonly<Record<string, string>>,
  seen: Readonly<Record<string, string>>,
): void {
  for (const [path, wanted] of Object.entries(expected)) {
    if (seen[path] === wanted) continue;
    throw new Error(`the runs do not agree on ${path}:\n${wanted}\n${seen[path]}`);
  }
}

function told(place: string): string[] {
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats === undefined) return [`missing at ${place}`];
  const is = `${stats.mode.toString(8)} ${stats.uid}:${stats.gid}`;
  if (stats.isSymbolicLink()) return [`${is} -> ${readlinkSync(place)}`];
  const access = isWritable(place) ? 'rw' : 'ro';
  if (!stats.isDirectory()) return [`${is} ${access} ${hash(readFileSync(place))}`];
  const children = readdirSync(place).toSorted();
  return [
    `${is} ${access}`,
    ...children.flatMap((name) => [name, ...told(`${place}/${name}`)].map((line) => `  ${line}`)),
  ];
}

function isWritable(place: string): boolean {
  try {
    accessSync(place, constants.W_OK);
    return true;
  } catch (error) {
    if (hasCode(error, 'EROFS')) return false;
    throw error;
  }
}

function hash(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
