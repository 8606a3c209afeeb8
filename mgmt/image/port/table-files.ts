import { StateliteError } from '../../../agent/errors.ts';
import { parseRow } from '../../../agent/rules/row.ts';
import { rank, selectRows } from '../../../agent/rules/select.ts';
import { type Cluster, isEnabled } from '../../core/cluster.ts';
import { splitList } from '../../core/list.ts';
import { validateRow } from '../../core/validate-row.ts';
import { csvRecords } from '../../db/csv-records.ts';
import { formatCsv, parseCsv } from '../../db/csv.ts';
import { type TableRows, tables } from '../../db/tables.ts';
import { renumberTrees } from '../../exchange/renumber-trees.ts';
import { member } from './members.ts';

/** A litefile row of an archive; the image is the one that is imported. */
export interface PortedFile {
  readonly file: string;
  readonly options: string;
}

/** A litetree row of an archive. */
export interface PortedTree {
  readonly priority: string;
  readonly directory: string;
  readonly mntopts: string;
}

/**
 * litefile.csv: the row that counts for each path, blank image and ALL first, then groups, then the
 * image's own, all under the image's name, as stock xCAT has it. Groups do not take the place of
 * ALL, no path comes twice, and a blank option is what it means, link (mgmt QUIRK-59).
 */
export function litefileCsv(image: string, { rowsFor }: Cluster): string {
  const winners = selectRows(rowsFor(image).litefile).toSorted((a, b) => rank(b) - rank(a));
  return winners
    .map(({ written, option }) => `${[image, written, option].map(quoted).join(',')},,\n`)
    .join('');
}

/** litetree.csv: the rows that apply, searched in the same order, under the image's name. Ours. */
export function litetreeCsv(image: string, { rows }: Pick<Cluster, 'rows'>): string {
  const named = namesOf(image, rows);
  const applying = rows.litetree.filter((row) => named.has(row.image.trim()));
  const { rows: numbered } = renumberTrees(applying, rows);
  return lines(
    formatCsv(
      tables.litetree,
      numbered.map((row) => ({ ...row, image })),
    ),
  );
}

/** statelite.csv: the whole table, for who takes over the cluster; its nodes are not the image's. Ours. */
export function stateliteCsv({ rows }: Pick<Cluster, 'rows'>): string {
  return lines(formatCsv(tables.statelite, rows.statelite));
}

/**
 * The rows of litefile.csv, whatever image they name; of one path the last counts, as in stock
 * xCAT. Throws ERR_STATELITE_CSV or ERR_STATELITE_ROW with the line.
 */
export function parseLitefileCsv(text: string): PortedFile[] {
  const found = new Map<string, PortedFile>();
  for (const { line, text: written, fields } of csvRecords(text, member.litefile)) {
    if (written.startsWith('#')) continue;
    const [image = '', file = '', options = '', comments = '', disable = ''] = fields;
    if (!isEnabled({ disable })) continue;
    inLine(member.litefile, line, () =>
      validateRow('litefile', { image, file, options, comments, disable }),
    );
    found.set(parseRow({ file, options }).path, { file, options });
  }
  return [...found.values()];
}

/** The rows of litetree.csv. Throws ERR_STATELITE_CSV, _ROW or _VARIABLE with the line. */
export function parseLitetreeCsv(text: string): PortedTree[] {
  const found = new Map<number, PortedTree>();
  for (const { line, values } of parseCsv(text, tables.litetree, member.litetree)) {
    inLine(member.litetree, line, () => validateRow('litetree', values));
    const { priority = '', directory = '', mntopts = '' } = values;
    found.set(Number(priority), { priority, directory, mntopts });
  }
  return [...found.values()];
}

/** Rows for any image: ALL or blank. */
export function generalRows<R extends { readonly image: string }>(rows: readonly R[]): R[] {
  return rows.filter(({ image }) => ['', 'ALL'].includes(image.trim()));
}

/** What the image column of rows for an image may hold (semantics 1.1). */
function namesOf(image: string, { osimage }: Pick<TableRows, 'osimage'>): ReadonlySet<string> {
  const row = osimage.find(({ imagename }) => imagename === image);
  return new Set([image, 'ALL', '', ...splitList(row?.groups ?? null)]);
}

function inLine(name: string, line: number, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    const { code, message, hint, cause } = error;
    throw new StateliteError(code, `${name} of the archive, line ${line}: ${message}`, {
      ...(hint !== undefined && { hint }),
      cause,
    });
  }
}

function quoted(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}
