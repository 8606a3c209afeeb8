import type { Logger } from '../../../agent/log.ts';
import type { Settings } from '../../config.ts';
import { readCluster } from '../../db/read-cluster.ts';
import type { Store } from '../../db/store.ts';
import { tables } from '../../db/tables.ts';
import {
  changedColumns,
  type ColumnOptions,
  composeRows,
  imageRowOf,
  type ImageRows,
  linuxPart,
} from './image-row.ts';
import type { Profile } from './profile-file.ts';
import { composedName, type ImageRow, type ImageSpec, imageSpec } from './spec.ts';

interface Deps {
  readonly store: Store;
  readonly settings: Pick<Settings, 'installdir' | 'tftpdir'>;
  readonly log: Logger;
  /** False only looks: nothing is written to the tables. */
  readonly write: boolean;
}

/**
 * The image to build, by name or by os, arch and profile; the latter makes its rows if there are
 * none yet, else fills the blank columns of its linuximage row: copycds made it before the profile
 * had its files. Options that say something else than the row are written to it first, as in xCAT.
 */
export async function chooseImage(
  which: string | Profile,
  options: ColumnOptions,
  { store, settings, log, write }: Deps,
): Promise<ImageSpec> {
  const { rows, site } = await readCluster(store, settings);
  const imagename = typeof which === 'string' ? which : composedName(which);
  const isNew = !rows.osimage.some((row) => row.imagename === imagename);
  const found = typeof which === 'string' ? undefined : await composeRows(which, site.installdir);
  const made = isNew ? found : undefined;
  const linux = rows.linuximage.find((row) => row.imagename === imagename);
  const filled = isNew ? {} : blankColumns(linux, found?.linuximage);
  const given = changedColumns(options, { ...linux, ...made?.linuximage });
  const changed = { ...filled, ...given };
  const row = made === undefined ? imageRowOf(imagename, rows) : rowOf(imagename, made);
  const spec = imageSpec({ ...row, ...changed }, site.installdir);
  if (!write) return spec;
  await store.transaction(async (tx) => {
    if (made !== undefined) await tx.upsert(tables.osimage, { imagename, ...made.osimage });
    const columns = { ...made?.linuximage, ...changed };
    if (Object.keys(columns).length === 0) return;
    await tx.upsert(tables.linuximage, { imagename, ...columns });
  });
  if (made !== undefined) log.info(`osimage ${imagename} is new`);
  for (const [column, value] of Object.entries(changed)) {
    log.info(`linuximage row imagename=${imagename}: ${column} is now ${value}`);
  }
  return spec;
}

/** Of the columns, those that the row has none of yet. */
function blankColumns(
  row: Readonly<Record<string, string | null>> | undefined,
  columns: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(columns).filter(([column]) => (row?.[column] ?? '') === ''),
  );
}

function rowOf(imagename: string, { osimage, linuximage }: ImageRows): ImageRow {
  const column = (name: string) => osimage[name] ?? null;
  return {
    imagename,
    profile: column('profile'),
    provmethod: column('provmethod'),
    osvers: column('osvers'),
    osarch: column('osarch'),
    environvar: column('environvar'),
    ...linuxPart(linuximage),
  };
}
