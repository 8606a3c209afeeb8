import { StateliteError } from '../../agent/errors.ts';
import { tables } from '../db/tables.ts';
import { explicitlyEmpty } from './attributes.ts';
import type { NodeRow, NodeTableName } from './cluster.ts';
import { splitList } from './list.ts';
import { nodeColumn } from './node-condition.ts';

/** One change of a column of nodes: `table.column=value` and its kin. */
export interface NodeAssignment {
  readonly table: NodeTableName;
  readonly column: string;
  /** `=` sets the value, `,=` puts words before a comma list, `^=` takes words out of it. */
  readonly operator: '=' | ',=' | '^=';
  readonly value: string;
}

/** Columns that have a name of their own. */
const shortcuts: Readonly<Record<string, string>> = {
  groups: 'nodelist.groups',
  tags: 'nodelist.groups',
  mgt: 'nodehm.mgt',
};

/** A word with its table: `nodelist.groups,=rack2` of `groups,=rack2`, `nodehm.mgt` of `mgt`. */
export function withTable(word: string): string {
  const [name = ''] = /^\w*/u.exec(word) ?? [];
  const column = Object.hasOwn(shortcuts, name) ? shortcuts[name] : undefined;
  return column === undefined || word[name.length] === '.'
    ? word
    : column + word.slice(name.length);
}

/**
 * Reads `table.column=value`, `,=`, `^=` and `=@`, which is `=` for values that begin with `=`, `~`
 * or `@`. Undefined if the text is a condition or of another shape. Throws ERR_STATELITE_USAGE for a
 * column that no node has, or that says which row is meant.
 */
export function parseNodeAssignment(text: string): NodeAssignment | undefined {
  const {
    table = '',
    column = '',
    operator,
    value = '',
  } = /^(?<table>\w+)\.(?<column>\w+)(?<operator>=@|,=|\^=|=(?![=~]))(?<value>.*)$/su.exec(text)
    ?.groups ?? {};
  if (operator === undefined) return undefined;
  const named = nodeColumn(table, column);
  const { key } = tables[named.table];
  if (key.length > 1 || column === 'node') {
    throw new StateliteError('ERR_STATELITE_USAGE', `${table}.${column} cannot be set for a node`, {
      hint: 'chtab changes any row of any table',
    });
  }
  return { ...named, operator: operator === ',=' || operator === '^=' ? operator : '=', value };
}

/**
 * What the assignments, all of one table and done in order, change in a node's own row: the columns
 * that get another value, null for a blank. `valueOf` tells what counts for the node now, inherited
 * values too: a list that words are added to or taken from is the one the node has. A column set
 * to nothing is explicitly empty, so that no group's value stands in (mgmt QUIRK-12).
 */
export function changesOf(
  assignments: readonly NodeAssignment[],
  own: NodeRow | undefined,
  valueOf: (column: string) => string | undefined,
): Record<string, string | null> {
  const changes = new Map<string, string | null>();
  for (const assignment of assignments) {
    const { column } = assignment;
    const now = changes.has(column) ? changes.get(column) : valueOf(column);
    const value = assigned(assignment, now === explicitlyEmpty ? '' : (now ?? ''));
    if (value !== undefined) changes.set(column, value === '' ? blankOf(assignment) : value);
  }
  const different = [...changes].filter(([column, value]) => (own?.[column] ?? null) !== value);
  return Object.fromEntries(different);
}

/**
 * What assignments for a group, all of one table, change in its own row. A blank leaves the column
 * to the other groups of a member.
 */
export function groupChangesOf(
  assignments: readonly NodeAssignment[],
  own: NodeRow | undefined,
): Record<string, string | null> {
  const wanted = new Map(assignments.map(({ column, value }) => [column, value || null]));
  const different = [...wanted].filter(([column, value]) => (own?.[column] ?? null) !== value);
  return Object.fromEntries(different);
}

/** The columns among those assigned to its group that a member's own row stands in the way of. */
export function overriddenIn(assignments: readonly NodeAssignment[], own: NodeRow): string[] {
  const columns = new Set(assignments.map(({ column }) => column));
  return [...columns].filter((column) => (own[column] ?? null) !== null);
}

/** The value after an assignment; undefined if it leaves the list as it is. */
function assigned({ operator, value }: NodeAssignment, now: string): string | undefined {
  if (operator === '=') return value;
  const words = splitList(value);
  const list = splitList(now);
  if (operator === ',=') {
    const more = [...new Set(words)].filter((word) => !list.includes(word));
    return more.length === 0 ? undefined : [...more, ...list].join(',');
  }
  const rest = list.filter((word) => !words.includes(word));
  return rest.length === list.length ? undefined : rest.join(',');
}

/** What is not inherited can be blank itself, and a row must not be disabled by an odd word. */
function blankOf({ table, column }: NodeAssignment): string | null {
  return table === 'nodelist' || column === 'disable' ? null : explicitlyEmpty;
}
