import { StateliteError } from '../../agent/errors.ts';
import { type TableName, tables } from '../db/tables.ts';
import { isNodeTable, type NodeTableName } from './cluster.ts';
import { suggest } from './nearest.ts';

/** What a reference stands for. */
export type Reference =
  | { readonly kind: 'node' }
  | { readonly kind: 'site'; readonly key: string }
  | { readonly kind: 'attribute'; readonly table: NodeTableName; readonly column: string }
  /** What a shell prints for a text, in which references have been replaced. */
  | { readonly kind: 'command'; readonly text: Template };

/** Text in which `$node`, `$table.column`, `$site.key`, their `${}` forms or `#CMD=...#` stand for values. */
export type Template = readonly (string | Reference)[];

/** `${...}`, or as in a shell the longest name after `$`, with `.column` if it goes on like that. */
const pattern = /\$(?:\{(?<braced>[^}]*)\}|(?<bare>\w*(?:\.\w+)?))/gu;

const commandStart = '#CMD=';

/**
 * Reads a template (reference 3.3). `where` names the row in errors: ERR_STATELITE_VARIABLE for a
 * `$` that means nothing, and for a `#CMD=` without text or without its `#` at the end.
 */
export function parseTemplate(text: string, where: string): Template {
  const start = text.indexOf(commandStart);
  if (start === -1) return parseVariables(text, where);
  const end = text.indexOf('#', start + commandStart.length);
  const shell = text.slice(start + commandStart.length, end);
  if (end === -1 || shell.trim() === '') {
    const problem = end === -1 ? '#CMD= has no # at its end' : '#CMD= has no command';
    refuse(where, problem, 'write #CMD=uname -r#');
  }
  return [
    ...parseVariables(text.slice(0, start), where),
    { kind: 'command', text: parseVariables(shell, where) },
    ...parseTemplate(text.slice(end + 1), where),
  ];
}

function parseVariables(text: string, where: string): Template {
  const parts: (string | Reference)[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const { braced, bare = '' } = match.groups ?? {};
    // `$node.txt` is the node, then text: there is no table of that name.
    const rest = braced === undefined && bare.startsWith('node.') ? bare.slice('node'.length) : '';
    const name = braced ?? bare.slice(0, bare.length - rest.length);
    parts.push(text.slice(end, match.index), parseReference(name, where), rest);
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)].filter((part) => part !== '');
}

function parseReference(name: string, where: string): Reference {
  if (name === 'node') return { kind: 'node' };
  const [table = '', column, ...more] = name.split('.');
  if (!isTable(table) || column === undefined || more.length > 0) {
    const known = ['node', ...Object.keys(tables)].filter((word) => word !== name);
    const forms = 'write $node, $table.column or $site.key; ${...} where text follows';
    refuse(where, `$${name} is no variable`, suggest(table, known, forms));
  }
  if (table === 'site') return { kind: 'site', key: column };
  if (!isNodeTable(table)) {
    refuse(where, `$${name} is no variable`, `${table} has no rows for nodes`);
  }
  const { columns } = tables[table];
  if (!Object.hasOwn(columns, column)) {
    const hint = suggest(column, Object.keys(columns), 'write ${table.column} where text follows');
    refuse(where, `${table} has no column ${column}`, hint);
  }
  return { kind: 'attribute', table, column };
}

function isTable(name: string): name is TableName {
  return Object.hasOwn(tables, name);
}

function refuse(where: string, problem: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_VARIABLE', `${where}: ${problem}`, { hint });
}
