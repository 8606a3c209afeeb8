import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definitionOf } from '../../mgmt/completion/definition.ts';
import type { Table } from '../../mgmt/db/table.ts';
import { tables } from '../../mgmt/db/tables.ts';
import { blockNames, fillBlocks, newPage } from './blocks.ts';
import { code, item, plain } from './markdown.ts';
import { renderSettings } from './setting.ts';
import { renderOtherTables, renderTable } from './table.ts';
import { renderVerb } from './verb.ts';
import { verbs } from './verbs.ts';

/** A manual page in `docs/man`. */
export interface Page {
  readonly file: string;
  /** As it is on the disk; undefined if there is none yet. */
  readonly now: string | undefined;
  /** As it has to be. */
  readonly wanted: string;
}

const docs = new Map(verbs.map(definitionOf).map((doc) => [doc.name, doc]));

/** Every page of `directory` with its generated parts brought up to date, and the missing ones. */
export async function readPages(directory: string): Promise<Page[]> {
  const present = (await readdir(directory)).filter((name) => name.endsWith('.md'));
  const missing = [...docs.keys()].map(verbPage).filter((file) => !present.includes(file));
  const pages: Page[] = missing.map((file) => ({
    file,
    now: undefined,
    wanted: firstVersion(file),
  }));
  for (const file of present) {
    const now = await readFile(join(directory, file), 'utf8');
    pages.push({ file, now, wanted: fillBlocks(now, renderBlock) });
  }
  return pages;
}

/** The page of a verb: `nodeset` is `statelite-nodeset.1.md`. */
export function verbPage(name: string): string {
  return `statelite-${name}.1.md`;
}

/** The verb a page must have a part for; undefined for pages of another kind. */
export function verbOfPage(file: string): string | undefined {
  return /^statelite-(?<name>.+)\.1\.md$/u.exec(file)?.groups?.['name'];
}

/** The names of the generated parts of a page. */
export function partsOf({ wanted }: Pick<Page, 'wanted'>): string[] {
  return blockNames(wanted);
}

function firstVersion(file: string): string {
  const name = verbOfPage(file) ?? '';
  return fillBlocks(newPage(`statelite-${name}(1)`, `verb ${name}`), renderBlock);
}

/** @throws Error for a part that is about nothing there is. */
function renderBlock(name: string): string {
  const [kind, subject = ''] = name.split(' ');
  const verb = docs.get(subject);
  if (kind === 'verb' && verb !== undefined) return renderVerb(verb);
  const table = Object.values<Table>(tables).find((each) => each.name === subject);
  if (kind === 'table' && table !== undefined) return renderTable(table);
  if (name === 'verbs') return verbList();
  if (name === 'settings') return renderSettings();
  if (name === 'other tables') return renderOtherTables();
  throw new Error(`there is nothing to generate for "${name}"`);
}

function verbList(): string {
  return [...docs.values()]
    .map(({ name, synopsis, describe }) =>
      item(`[${code(synopsis)}](${verbPage(name)})`, `${plain(describe)}.`),
    )
    .join('\n');
}
