import type { Column, Table } from '../../mgmt/db/table.ts';
import { tables } from '../../mgmt/db/tables.ts';
import { blocks, code, item, plain, section } from './markdown.ts';

/** Tables that have a page of their own. */
export const ownPages: readonly string[] = ['litefile', 'litetree', 'statelite'];

/** The generated part of a table's page. */
export function renderTable({ name, doc, key, columns }: Table): string {
  return blocks(
    '## Name',
    `${name}: ${plain(doc)}`,
    section('## Columns', columnItems(key, columns)),
  );
}

/** All other tables, a section each. */
export function renderOtherTables(): string {
  const others = Object.values<Table>(tables).filter(({ name }) => !ownPages.includes(name));
  return blocks(
    ...others.map(({ name, doc, key, columns }) =>
      blocks(`### ${name}`, plain(doc), columnItems(key, columns).join('\n')),
    ),
  );
}

function columnItems(key: readonly string[], columns: Table['columns']): string[] {
  return Object.entries(columns).map(([name, column]) =>
    item(`${code(name)}${notes(name, key, column)}`, meaning(name, column)),
  );
}

/** That a column `node` refers to nodes goes without saying. */
function meaning(name: string, { doc, refers }: Column): string {
  return refers === undefined || name === 'node'
    ? plain(doc)
    : `${plain(doc)} Refers to ${refers}.`;
}

function notes(name: string, key: readonly string[], { required, blank }: Column): string {
  const words = [
    ...(key.includes(name) ? ['key'] : []),
    ...(required === true && blank !== true ? ['required'] : []),
  ];
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}
