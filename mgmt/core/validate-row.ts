import { StateliteError } from '../../agent/errors.ts';
import { parseLocation, splitMountOptions } from '../../agent/protocol/location.ts';
import { parseTree } from '../../agent/rules/litetree.ts';
import { parsePath } from '../../agent/rules/path.ts';
import { parseRow } from '../../agent/rules/row.ts';
import { nameRow } from '../db/stored.ts';
import type { Table } from '../db/table.ts';
import { tables } from '../db/tables.ts';
import { checkAddress, checkMacs, checkMask, checkNetwork } from './check-address.ts';
import { isEnabled } from './cluster.ts';
import { parseRootOptions } from './root-options.ts';
import { parseTemplate } from './template.ts';

type Text = Readonly<Record<string, string | null>>;

/** Throws ERR_STATELITE_ROW or _VARIABLE saying which rule the column's value breaks. */
type Check = (value: string, row: Text) => void;

/**
 * Refuses a row that a node, liteimg or nodeset would stumble over later; a disabled one may hold
 * anything. Throws ERR_STATELITE_ROW or _VARIABLE naming table, row, column, value and rule.
 */
export function validateRow(table: string, row: Text): void {
  if (!isEnabled({ disable: row['disable'] || null })) return;
  for (const [column, check] of Object.entries(checks[table] ?? {})) {
    inColumn(table, row, column, () => check(row[column] ?? '', row));
  }
}

const checks: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  litefile: {
    file: (file) => void parsePath(file),
    options: (options, row) => void parseRow({ file: row['file'] ?? '', options }),
  },
  litetree: {
    priority: (priority) => void parseTree({ priority, directory: '/', mntopts: '' }),
    directory: (directory) => void parseLocation(probe(directory) ?? '/'),
    mntopts: (mntopts) => void splitMountOptions(mntopts),
  },
  statelite: {
    statemnt(statemnt) {
      const location = isRegex(statemnt) ? undefined : probe(statemnt);
      if (location === undefined) return;
      if (location.startsWith('/') || !location.includes(':')) {
        refuse(`${JSON.stringify(statemnt)} names no server`, 'write server:/path');
      }
      parseLocation(location);
    },
    mntopts: (mntopts) => void (isRegex(mntopts) || splitMountOptions(mntopts)),
  },
  policy: {
    priority(priority) {
      if (/^\d+(?:\.\d+)?$/u.test(priority)) return;
      refuse(`${JSON.stringify(priority)} is not a number`, 'the lowest decides first');
    },
    rule(rule) {
      if (/^(?:allow|accept|trusted|deny)?$/iu.test(rule.trim())) return;
      const known = 'write allow, accept, trusted or deny';
      refuse(`${JSON.stringify(rule)} is no rule (QUIRK-73)`, known);
    },
  },
  networks: { net: checkNetwork, mask: (mask, row) => checkMask(mask, row['net'] ?? '') },
  mac: { mac: checkMacs },
  hosts: { ip: checkAddress },
  nodelist: { node: (node) => checkName('node', node) },
  osimage: { imagename: (name) => checkName('osimage', name), nfsrootopts: checkRootOptions },
  linuximage: { imagename: (name) => checkName('osimage', name) },
};

function inColumn(name: string, row: Text, column: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    const { code, message, hint, cause } = error;
    const table: Table | undefined = Object.values<Table>(tables).find(
      (each) => each.name === name,
    );
    const where = table === undefined ? name : nameRow(table, row);
    throw new StateliteError(code, `${where}, column ${column}: ${withoutSubject(message)}`, {
      ...(hint !== undefined && { hint }),
      cause,
    });
  }
}

/** What a rule says, without the words for the row and the column that stand before it by now. */
function withoutSubject(message: string): string {
  return message
    .replace(/^litefile row "(?:[^"\\]|\\.)*" has the (?=unknown options)/u, '')
    .replace(/^(?:litefile row|litefile path|litetree priority) (?=")/u, '');
}

/** A location with something in place of its variables; undefined if one may hold the server too. */
function probe(location: string): string | undefined {
  const parts = parseTemplate(location, JSON.stringify(location));
  const [first] = parts;
  const literal = parts.filter((part) => typeof part === 'string').join('');
  if (typeof first === 'object' && !literal.includes(':')) return undefined;
  return parts.map((part) => (typeof part === 'string' ? part : 'x')).join('');
}

/** What it stands for depends on the node (QUIRK-14: `/a/b/` is a path here, not a regex). */
function isRegex(value: string): boolean {
  return value.startsWith('|');
}

/** Options of the root's NFS mount, in xCAT's words. */
function checkRootOptions(options: string): void {
  const parsed = parseRootOptions(options);
  if ('problem' in parsed) refuse(`nfsrootopts ${parsed.problem}`, parsed.hint);
}

/** Names of nodes and images become names of files and directories, and words of command lines. */
function checkName(what: string, name: string): void {
  if (/^[a-z0-9][\w.+-]*$/iu.test(name) && name.length < 256) return;
  refuse(
    `${JSON.stringify(name)} cannot be the name of a ${what}`,
    'begin with a letter or digit, go on with letters, digits, and - . _ +',
  );
}

function refuse(problem: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_ROW', problem, { hint });
}
