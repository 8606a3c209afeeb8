import { StateliteError } from '../../agent/errors.ts';
import { parseLocation, splitMountOptions } from '../../agent/protocol/location.ts';
import { parseTree } from '../../agent/rules/litetree.ts';
import { parseRow } from '../../agent/rules/row.ts';
import { isEnabled } from './cluster.ts';
import { parseTemplate } from './template.ts';

type Text = Readonly<Record<string, string | null>>;

/**
 * Refuses a row that a node, liteimg or nodeset would stumble over later; a disabled one may hold
 * anything. Throws ERR_STATELITE_ROW or _VARIABLE naming the row.
 */
export function validateRow(table: string, row: Text): void {
  if (isEnabled({ disable: row['disable'] ?? null })) checks[table]?.(row);
}

const checks: Readonly<Record<string, (row: Text) => void>> = {
  litefile: (row) => void parseRow({ file: text(row, 'file'), options: text(row, 'options') }),
  litetree(row) {
    const where = `litetree row priority=${text(row, 'priority')}`;
    const directory = probe(text(row, 'directory'), where) ?? '/';
    parseTree({ priority: text(row, 'priority'), mntopts: text(row, 'mntopts'), directory });
  },
  statelite(row) {
    const where = `statelite row node=${text(row, 'node')}`;
    const location = probe(text(row, 'statemnt'), where);
    if (location !== undefined && parseLocation(location).server === undefined) {
      refuse(`${where}: statemnt ${text(row, 'statemnt')} names no server`, 'write server:/path');
    }
    splitMountOptions(text(row, 'mntopts'));
  },
  policy(row) {
    if (/^\d+(?:\.\d+)?$/u.test(text(row, 'priority'))) return;
    refuse(`policy priority ${text(row, 'priority')} is not a number`, 'the lowest decides first');
  },
  nodelist: (row) => checkName('node', text(row, 'node')),
  osimage: (row) => checkName('osimage', text(row, 'imagename')),
  linuximage: (row) => checkName('osimage', text(row, 'imagename')),
};

/**
 * A location with something in place of its variables, to be looked at; undefined if it begins with
 * one that may hold the server as well.
 */
function probe(location: string, where: string): string | undefined {
  const parts = parseTemplate(location, where);
  const [first] = parts;
  const literal = parts.filter((part) => typeof part === 'string').join('');
  if (typeof first === 'object' && !literal.includes(':')) return undefined;
  return parts.map((part) => (typeof part === 'string' ? part : 'x')).join('');
}

/** Names of nodes and images become names of files and directories, and words of command lines. */
function checkName(what: string, name: string): void {
  if (/^[a-z0-9][\w.+-]*$/iu.test(name) && name.length < 256) return;
  refuse(
    `${JSON.stringify(name)} cannot be the name of a ${what}`,
    'begin with a letter or digit, go on with letters, digits, and - . _ +',
  );
}

function text(row: Text, column: string): string {
  return row[column] ?? '';
}

function refuse(problem: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_ROW', problem, { hint });
}
