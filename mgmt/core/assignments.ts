import { StateliteError } from '../../agent/errors.ts';

/** `table.column=value`, or `table.column+=value` to add words to a comma list. */
export interface Assignment {
  readonly table: string;
  readonly column: string;
  readonly value: string;
  readonly append: boolean;
}

/** Reads `litefile.options=tmpfs`. Throws ERR_STATELITE_USAGE. */
export function parseAssignment(text: string): Assignment {
  const { table, column, plus, value } =
    /^(?<table>\w+)\.(?<column>\w+)(?<plus>\+?)=(?<value>.*)$/su.exec(text)?.groups ?? {};
  if (table === undefined || column === undefined || value === undefined) {
    refuse(text, 'write table.column=value, or table.column+=value to add to a list');
  }
  return { table, column, value, append: plus === '+' };
}

/** Reads `image=ALL,file=/a,b`: a comma only separates if a name and `=` follow. */
export function parseKey(text: string): Record<string, string> {
  const pairs = text.split(/,(?=\w+=)/u).map((part) => {
    const { column, value } = /^(?<column>\w+)=(?<value>.*)$/su.exec(part)?.groups ?? {};
    if (column === undefined || value === undefined) {
      refuse(text, 'write the columns that say which row is meant: image=ALL,file=/etc/motd');
    }
    return [column, value] as const;
  });
  return Object.fromEntries(pairs);
}

/** The words of a comma list, and those of another that it has not. */
export function appendWords(list: string, more: string): string {
  const words = [...list.split(','), ...more.split(',')].filter((word) => word !== '');
  return [...new Set(words)].join(',');
}

function refuse(text: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', `${JSON.stringify(text)} is no assignment`, {
    hint,
  });
}
