import { StateliteError } from '../../agent/errors.ts';

/** A record of a CSV file: its fields without quotes, and where it is. */
export interface CsvRecord {
  readonly line: number;
  /** As written, without blanks around it. */
  readonly text: string;
  readonly fields: readonly string[];
}

/** Blanks, then a quoted or a plain field, then what ends it. */
const field =
  /[^\S\n]*(?:"(?<quoted>[^"]*(?:""[^"]*)*)"[^\S\n]*|(?<plain>[^",\n][^,\n]*)?)(?<end>,|\n|$)/uy;

/**
 * The records of a text that are not blank. `"` is doubled inside quotes, which may hold commas
 * and line breaks. Throws ERR_STATELITE_CSV with `name` and the line of a quote out of place.
 */
export function csvRecords(text: string, name: string): CsvRecord[] {
  const source = text.replace(/^\uFEFF/u, '').replaceAll('\r\n', '\n');
  const records: CsvRecord[] = [];
  let start = 0;
  let line = 1;
  while (start < source.length) {
    const { fields, end } = readRecord(source, start, `${name} line ${line}`);
    const written = source.slice(start, end);
    if (written.trim() !== '') records.push({ line, text: written.trim(), fields });
    line += written.split('\n').length - 1;
    start = end;
  }
  return records;
}

function readRecord(source: string, start: number, where: string) {
  const fields: string[] = [];
  field.lastIndex = start;
  for (;;) {
    const match = field.exec(source);
    if (match === null) {
      throw new StateliteError('ERR_STATELITE_CSV', `${where}: a " is out of place`, {
        hint: 'quote the whole value, and write " inside it twice',
      });
    }
    const { quoted, plain = '', end } = match.groups ?? {};
    fields.push(quoted?.replaceAll('""', '"') ?? plain.trim());
    if (end !== ',') return { fields, end: match.index + match[0].length };
  }
}
