import { StateliteError } from '../../agent/errors.ts';
import type { Member } from './member.ts';

/** Type, mode, links, owner, group, bytes, three words of a time, name. */
const entry =
  /^(?<type>.)\S{9}\S*\s+\d+\s+\d+\s+\d+\s+(?<bytes>\d+) \w{3} [ \d]\d +[\d:]{4,5} (?<rest>.*)$/su;

/**
 * The lines of `bsdtar --numeric-owner -tv` as members, the top left out. Files of one content have
 * one place on an ISO and are listed as links to the first; each counts as a file of its own.
 * ERR_STATELITE_PATH for an object of any other kind, or a line that could be read in two ways.
 */
export function parseListing(medium: string, lines: readonly string[]): Member[] {
  const sizes = new Map<string, number>();
  const members = lines.map((line): Member => {
    const { type = '', bytes = '', rest = '' } = entry.exec(line)?.groups ?? {};
    if (type === 'd') return { kind: 'directory', path: relative(rest) };
    const [first = '', second, ...more] = rest.split(type === 'l' ? ' -> ' : ' link to ');
    if (type === 'l' && second !== undefined && more.length === 0) {
      return { kind: 'link', path: relative(first), target: second };
    }
    if (type === '-' && second === undefined) {
      sizes.set(first, Number(bytes));
      return { kind: 'file', path: relative(first), bytes: Number(bytes) };
    }
    const same = second === undefined ? undefined : sizes.get(second);
    if ((type === '-' || type === 'h') && more.length === 0 && same !== undefined) {
      return { kind: 'file', path: relative(first), bytes: same };
    }
    throw new StateliteError('ERR_STATELITE_PATH', `${medium} has an odd object: ${line}`, {
      hint: 'a medium holds files, directories and links only; nothing was copied',
    });
  });
  return members.filter(({ path }) => path !== '.');
}

function relative(name: string): string {
  return name.replace(/^\.\/(?=.)/u, '').replace(/(?<=.)\/$/u, '');
}
