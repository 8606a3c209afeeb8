import { StateliteError } from '../../../agent/errors.ts';
import { parseRow } from '../../../agent/rules/row.ts';
import { isEnabled } from '../../core/cluster.ts';
import { splitList } from '../../core/list.ts';
import { tableProblems, treeProblems } from '../../core/table-problems.ts';
import type { Rows } from '../../db/store.ts';
import { type TableRows, tables } from '../../db/tables.ts';
import type { Manifest } from './manifest.ts';
import type { ImportPlan } from './plan-import.ts';
import { generalRows, type PortedFile, type PortedTree } from './table-files.ts';

/** What the archive says of tables, checked. */
export interface PortedRows {
  readonly litefile: readonly PortedFile[];
  readonly litetree: readonly PortedTree[];
}

export interface RowsWish {
  /** Whether rows of an image of this name are replaced. */
  readonly force: boolean;
  /** Nodes that get the scripts of the archive. */
  readonly nodes: readonly string[];
}

export interface RowsWritten {
  readonly litefile: number;
  readonly litetree: number;
  /** What is wrong in the tables now that was not before. */
  readonly warnings: readonly string[];
}

/** Throws ERR_STATELITE_IMAGE if there is an osimage of the name, and it is not to be replaced. */
export async function refuseDefined(
  rows: Pick<Rows, 'select'>,
  image: string,
  force: boolean,
): Promise<void> {
  const [there] = await rows.select(tables.osimage, { imagename: image });
  if (there === undefined || force) return;
  throw new StateliteError('ERR_STATELITE_IMAGE', `there is an osimage ${image} already`, {
    hint: `imgimport -f PROFILE imports it beside that one, --force in place of it`,
  });
}

/**
 * Writes the rows of an imported image, in a transaction. Rows that say the same as one for ALL are
 * left out, as stock xCAT does it.
 */
export async function writeRows(
  rows: Rows,
  { image, osimage, linuximage }: ImportPlan,
  ported: PortedRows,
  manifest: Manifest,
  { force, nodes }: RowsWish,
): Promise<RowsWritten> {
  await refuseDefined(rows, image, force);
  const before = new Set(await problems(rows));
  if (force) await removeRows(rows, image);
  await rows.upsert(tables.osimage, { ...osimage, imagename: image });
  await rows.upsert(tables.linuximage, { ...linuximage, imagename: image });
  const files = newFiles(ported.litefile, await rows.select(tables.litefile));
  const trees = newTrees(ported.litetree, await rows.select(tables.litetree));
  await rows.upsertAll(
    tables.litefile,
    files.map((row) => ({ ...row, image })),
  );
  await rows.upsertAll(
    tables.litetree,
    trees.map((row) => ({ ...row, image })),
  );
  await writePostscripts(rows, manifest, nodes);
  const after = await problems(rows);
  return {
    litefile: files.length,
    litetree: trees.length,
    warnings: after.filter((problem) => !before.has(problem)),
  };
}

async function removeRows(rows: Rows, image: string): Promise<void> {
  await rows.remove(tables.osimage, { imagename: image });
  await rows.remove(tables.linuximage, { imagename: image });
  await rows.remove(tables.litefile, { image });
  await rows.remove(tables.litetree, { image });
}

function newFiles(ported: readonly PortedFile[], there: TableRows['litefile']): PortedFile[] {
  const known = new Set(
    generalRows(there.filter(isEnabled)).map(({ file, options }) => meaning(file, options ?? '')),
  );
  return ported.filter(({ file, options }) => !known.has(meaning(file, options)));
}

function meaning(file: string, options: string): string {
  const { path, directory, option } = parseRow({ file, options });
  return JSON.stringify([path, directory, option]);
}

function newTrees(ported: readonly PortedTree[], there: TableRows['litetree']): PortedTree[] {
  const known = new Set(generalRows(there.filter(isEnabled)).map(treeText));
  return ported.filter((tree) => !known.has(treeText(tree)));
}

function treeText({
  priority,
  directory,
  mntopts,
}: Readonly<Record<keyof PortedTree, string | null>>): string {
  return JSON.stringify([Number(priority), directory, mntopts ?? '']);
}

/** The scripts of the archive that not every node has anyhow. */
async function writePostscripts(
  rows: Rows,
  manifest: Manifest,
  nodes: readonly string[],
): Promise<void> {
  const [all] = await rows.select(tables.postscripts, { node: 'xcatdefaults' });
  const columns = (['postscripts', 'postbootscripts'] as const).flatMap((column) => {
    const usual = new Set(splitList(all?.[column] ?? null));
    const own = splitList(manifest[column]).filter((name) => !usual.has(name));
    return own.length === 0 ? [] : [[column, own.join(',')] as const];
  });
  if (columns.length === 0) return;
  const values = Object.fromEntries(columns);
  await rows.upsertAll(
    tables.postscripts,
    nodes.map((node) => ({ ...values, node })),
  );
}

async function problems(rows: Pick<Rows, 'select'>): Promise<string[]> {
  const all = {
    litefile: await rows.select(tables.litefile),
    litetree: await rows.select(tables.litetree),
    osimage: await rows.select(tables.osimage),
  };
  return [...new Set([...tableProblems(all), ...treeProblems(all)])];
}
