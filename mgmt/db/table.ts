/** A table is described once, as data: its SQL, its rows' type, tabdump and man5 come from it. */
export interface Table {
  readonly name: string;
  readonly doc: string;
  /** Stock xCAT has no such table, so it is not exported to it. */
  readonly own?: true;
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, Column>>;
}

export interface Column {
  readonly doc: string;
  /** Never null. Key columns always are `required`; an empty one is stored as ''. */
  readonly required?: true;
  /** A required column that may be ''. */
  readonly blank?: true;
  /** The `table.column` whose values it holds; in a comma list each word is one. */
  readonly refers?: `${string}.${string}`;
}

/** A row as it is read: blank is null, except in key columns, which are text. */
export type Row<T extends Table> = {
  readonly [C in keyof T['columns']]: T['columns'][C] extends { required: true }
    ? string
    : string | null;
};

/** A row as it is written: the key, and the columns to set; the others stay as they are. */
export type NewRow<T extends Table> = Readonly<
  Record<T['key'][number], string> & Partial<Record<keyof T['columns'], string | null>>
>;

/** Values that columns must have; a blank value means the column is blank. */
export type Where<T extends Table> = Readonly<Partial<Record<keyof T['columns'], string | null>>>;

/** `seq` keeps the order in which rows were added, which tabdump prints and litetree sorts by last. */
export function createTableSql({ name, key, columns }: Table): string {
  const lines = Object.entries(columns).map(([column, spec]) => `  ${columnSql(column, spec)}`);
  const unique = `  UNIQUE (${key.map((column) => `"${column}"`).join(', ')})`;
  return `CREATE TABLE "${name}" (\n${['  "seq" INTEGER PRIMARY KEY', ...lines, unique].join(',\n')}\n) STRICT`;
}

/** A column's definition, the same for CREATE TABLE and ALTER TABLE ADD COLUMN. */
export function columnSql(column: string, { required }: Column): string {
  return `"${column}" TEXT${required ? " NOT NULL DEFAULT ''" : ''}`;
}
