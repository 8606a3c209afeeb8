import { createHash } from 'node:crypto';
import { StateliteError } from '../../agent/errors.ts';

/** Where makehosts writes unless it is told otherwise. */
export const hostsFile = '/etc/hosts';

const begin = '# >>> statelite: written by makehosts; the rest of this file is left alone';
const end = '# <<< statelite';

/** A hosts file, and the lines in it that are ours. */
export interface HostsFile {
  readonly before: string;
  /** Lines of nodes; undefined if there is no block yet. */
  readonly lines: readonly string[] | undefined;
  readonly after: string;
  /** Whether somebody has changed the block since it was written. */
  readonly isChanged: boolean;
}

/** ERR_STATELITE_SETUP for a block that has no end, or a second one. */
export function parseHosts(text: string, path: string): HostsFile {
  const all = text.split('\n');
  const first = all.indexOf(begin);
  if (first === -1) return { before: text, lines: undefined, after: '', isChanged: false };
  const last = all.indexOf(end, first);
  if (last === -1 || all.includes(begin, first + 1)) {
    throw new StateliteError(
      'ERR_STATELITE_SETUP',
      `${path}: the block of makehosts has ${last === -1 ? 'no end' : 'a second beginning'}`,
      { hint: `remove its lines, from "${begin}" to "${end}", and run makehosts again` },
    );
  }
  const inside = all.slice(first + 1, last);
  const written = /^# sha256 ([0-9a-f]{64})$/.exec(inside[0] ?? '')?.[1];
  const lines = written === undefined ? inside : inside.slice(1);
  return {
    before: all
      .slice(0, first)
      .map((line) => `${line}\n`)
      .join(''),
    lines,
    after: all.slice(last + 1).join('\n'),
    isChanged: written !== digest(lines),
  };
}

/** The file with these lines as the block; without a line there is no block. */
export function renderHosts({ before, after }: HostsFile, lines: readonly string[]): string {
  if (lines.length === 0) return before + after;
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  const block = [begin, `# sha256 ${digest(lines)}`, ...lines, end];
  return `${before}${gap}${block.join('\n')}\n${after}`;
}

/** Lines with another order are a change too: the first of two lines for a name counts. */
function digest(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/** Names outside of the block that the block has too, with other addresses: whichever is first counts. */
export function rivals({ before, after }: HostsFile, lines: readonly string[]): string[] {
  const own = new Map(lines.flatMap(namesIn));
  const others = [...before.split('\n'), ...after.split('\n')].flatMap(namesIn);
  const found = others.filter(([name, address]) => (own.get(name) ?? address) !== address);
  return [...new Set(found.map(([name]) => name))];
}

function namesIn(line: string): (readonly [string, string])[] {
  const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
  return address === undefined ? [] : names.map((name) => [name, address] as const);
}
