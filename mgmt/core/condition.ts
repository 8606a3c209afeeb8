import { StateliteError } from '../../agent/errors.ts';

type Text = Readonly<Record<string, string | null>>;

/** `column OP value` of `tabdump -w`. */
export interface Condition {
  readonly column: string;
  readonly holds: (row: Text) => boolean;
}

const operators: Readonly<Record<string, (a: string, b: string) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '=~': like,
  '!~': (a, b) => !like(a, b),
  '<=': (a, b) => compare(a, b) <= 0,
  '>=': (a, b) => compare(a, b) >= 0,
  '<': (a, b) => compare(a, b) < 0,
  '>': (a, b) => compare(a, b) > 0,
};

/** Reads `options==persistent`. Throws ERR_STATELITE_USAGE if it is no condition. */
export function parseCondition(text: string): Condition {
  const { column, operator, value } =
    /^(?<column>\w+)(?<operator>==|!=|=~|!~|<=|>=|<|>)(?<value>.*)$/su.exec(text)?.groups ?? {};
  const test = operators[operator ?? ''];
  if (column === undefined || value === undefined || test === undefined) {
    throw new StateliteError('ERR_STATELITE_USAGE', `${text} is no condition`, {
      hint: `write COLUMN OPERATOR VALUE with one of ${Object.keys(operators).join(' ')}`,
    });
  }
  return { column, holds: (row) => test(row[column] ?? '', value) };
}

/** As in SQL: % is any text, _ any letter, case does not count. */
function like(text: string, pattern: string): boolean {
  const any: Readonly<Record<string, string>> = { '%': '.*', _: '.' };
  const source = pattern.split(/([%_])/u).map((part) => any[part] ?? RegExp.escape(part));
  return new RegExp(`^${source.join('')}$`, 'isu').test(text);
}

/** As numbers if both are. */
function compare(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (a !== '' && b !== '' && !Number.isNaN(difference)) return difference;
  return a < b ? -1 : Number(a > b);
}
