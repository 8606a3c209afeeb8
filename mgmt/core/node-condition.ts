import { StateliteError } from '../../agent/errors.ts';
import { tables } from '../db/tables.ts';
import { type NodeTableName, isNodeTableName } from './cluster.ts';
import { suggest } from './nearest.ts';
import { perlRegex } from './perl-regex.ts';

/** A selection of nodes by what the tables say of them. */
export interface NodeCondition {
  readonly table: NodeTableName;
  readonly column: string;
  /** Whether a value satisfies it; a column without a value counts as an empty one. */
  readonly holds: (value: string | undefined) => boolean;
}

/** Columns with a name of their own (reference 2.4). */
const shortcuts = new Map([
  ['groups', 'nodelist.groups'],
  ['tags', 'nodelist.groups'],
  ['mgt', 'nodehm.mgt'],
]);

/** How the value of a column may be compared, for messages. */
export const conditionOperators = '==, !=, =~, !~ or =';

/**
 * Reads `table.column==v`, `!=`, `=` for equal, `=~` and `!~` for a regex, bare or `/re/`, that may
 * match anywhere (reference 2.8); `groups`, `tags` and `mgt` need no table. Undefined if the text is not of that shape. Throws
 * ERR_STATELITE_USAGE for an unknown table or column, a table without nodes and a bad regex.
 */
export function parseNodeCondition(text: string): NodeCondition | undefined {
  const { name = '', test = '' } = /^(?<name>\w[\w.]*)(?<test>[=!].*)$/su.exec(text)?.groups ?? {};
  const [table = '', column, ...more] = (shortcuts.get(name) ?? name).split('.');
  if (column === undefined || more.length > 0) return undefined;
  const holds = parseTest(test);
  return holds && { ...nodeColumn(table, column), holds };
}

/** Reads what follows the column in a condition: `==v`, `=~re`. Undefined if it is no test. */
export function parseTest(text: string): NodeCondition['holds'] | undefined {
  const { operator, operand = '' } =
    /^(?<operator>==|=~|!=|!~|=)(?<operand>.*)$/su.exec(text)?.groups ?? {};
  switch (operator) {
    case '==':
    case '=':
      return (value = '') => value === operand;
    case '!=':
      return (value = '') => value !== operand;
    case '=~':
    case '!~': {
      const regex = perlRegex(/^\/(?<inner>.*)\/$/su.exec(operand)?.groups?.['inner'] ?? operand);
      return (value = '') => regex.test(value) === (operator === '=~');
    }
    case undefined:
    default:
      return undefined;
  }
}

/** Throws ERR_STATELITE_USAGE unless there is such a column, in a table with rows for nodes. */
export function nodeColumn(
  table: string,
  column: string,
): { readonly table: NodeTableName; readonly column: string } {
  if (!Object.hasOwn(tables, table)) {
    refuse(`there is no table ${table}`, suggest(table, Object.keys(tables), 'tabdump lists them'));
  }
  if (!isNodeTableName(table)) {
    refuse(`${table} has no rows for nodes`, `tabdump ${table} prints it`);
  }
  const known = Object.keys(tables[table].columns);
  if (!known.includes(column)) {
    const hint = suggest(column, known, `its columns are ${known.join(', ')}`);
    refuse(`${table} has no column ${column}`, hint);
  }
  return { table, column };
}

function refuse(problem: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', problem, { hint });
}
