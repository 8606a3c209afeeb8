import { createHash } from 'node:crypto';

/** Stands in the first lines of every file that we may overwrite. */
export const marker = 'Written by statelite setup, which writes it anew each time it runs.';

/** What a file is to us: `changed` is ours, and somebody has edited it since. */
export type Ownership = 'ours' | 'changed' | 'foreign';

/** The text with a line after the marker's that holds the SHA-256 of the rest. */
export function sealed(text: string): string {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.includes(marker));
  const line = lines[at];
  if (line === undefined) throw new Error('a generated file has no marker');
  lines.splice(at + 1, 0, `${line.slice(0, line.indexOf(marker))}sha256 ${digest(text)}`);
  return lines.join('\n');
}

/** A file of an older statelite has a marker and no digest: it is ours. */
export function ownershipOf(text: string): Ownership {
  const lines = text.split('\n', 8);
  const at = lines.findIndex((line) => line.includes(marker));
  if (at === -1) return 'foreign';
  const written = /^\W*sha256 ([0-9a-f]{64})$/.exec(lines[at + 1] ?? '')?.[1];
  if (written === undefined) return 'ours';
  const all = text.split('\n');
  all.splice(at + 1, 1);
  return digest(all.join('\n')) === written ? 'ours' : 'changed';
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
