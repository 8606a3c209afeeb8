/**
 * Rows as `tabrestore` reads them (reference: tabdump's format): `#` and the columns, then each
 * value in quotes, absent ones as nothing. A column that any row has is a column.
 */
export function formatRows(rows: readonly Readonly<Record<string, string>>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => columns.map((column) => field(row[column])).join(','));
  return [`#${columns.join(',')}`, ...lines].map((line) => `${line}\n`).join('');
}

function field(value: string | undefined): string {
  return value === undefined ? '' : `"${value.replaceAll('"', '""')}"`;
}
