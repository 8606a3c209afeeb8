import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import type { Logger } from '../../agent/log.ts';
import type { Rows, Store } from '../db/store.ts';
import { tables } from '../db/tables.ts';
import { exists } from '../image/genimage/exists.ts';
import { profileFiles, resolveProfileFile } from '../image/genimage/profile-file.ts';
import {
  type Columns,
  type ImageDefinition,
  imageDefinitions,
  linuximageColumns,
  missingColumns,
  osdistroColumns,
  osdistroName,
  osimageColumns,
  type Packages,
} from './image-definitions.ts';

/** Columns that name a file of the profile, and how such a file's name ends. */
const profileColumns = {
  pkglist: 'pkglist',
  exlist: 'exlist',
  postinstall: 'postinstall',
  otherpkglist: 'otherpkgs.pkglist',
} as const;

/**
 * Writes the osdistro row of a distribution and, with `images`, its osimages with the files of their
 * profiles, in one transaction. What rows of the same name say stays; only blank columns are filled.
 */
export async function defineImages(
  packages: Packages,
  { store, log, images }: { readonly store: Store; readonly log: Logger; readonly images: boolean },
): Promise<void> {
  const definitions = images ? imageDefinitions(packages.distribution) : [];
  const found = await Promise.all(
    definitions.map(async (definition) => ({
      definition,
      files: await findFiles(definition, packages),
    })),
  );
  const notes = await store.transaction(async (rows) => {
    await defineDistro(rows, packages);
    const written: string[] = [];
    for (const { definition, files } of found) {
      written.push(...(await defineImage(rows, definition, packages, files)));
    }
    return written;
  });
  for (const note of notes) log.info(note);
}

/** Further directories are added: a system may have its discs in several places. */
async function defineDistro(rows: Rows, { distribution, pkgdir }: Packages): Promise<void> {
  const osdistroname = osdistroName(distribution);
  const [row] = await rows.select(tables.osdistro, { osdistroname });
  const known = (row?.dirpaths ?? '').split(',').filter((path) => path !== '');
  const dirpaths = [...new Set([...known, pkgdir])].join(',');
  const columns = missingColumns(row, osdistroColumns(distribution, dirpaths));
  await rows.upsert(tables.osdistro, { osdistroname, ...columns, dirpaths });
}

/** What an operator should hear of it. */
async function defineImage(
  rows: Rows,
  definition: ImageDefinition,
  packages: Packages,
  files: Columns,
): Promise<string[]> {
  const { imagename } = definition;
  const [osimage] = await rows.select(tables.osimage, { imagename });
  const [linuximage] = await rows.select(tables.linuximage, { imagename });
  const wanted = { ...linuximageColumns(definition, packages), ...files };
  const osimageNew = missingColumns(osimage, osimageColumns(definition, packages.distribution));
  await rows.upsert(tables.osimage, { imagename, ...osimageNew });
  await rows.upsert(tables.linuximage, { imagename, ...missingColumns(linuximage, wanted) });
  if (osimage === undefined) return [`osimage ${imagename} is new`];
  const kept = linuximage?.pkgdir ?? packages.pkgdir;
  return kept === packages.pkgdir ? [] : [`osimage ${imagename} keeps its pkgdir ${kept}`];
}

async function findFiles(
  { profile, provmethod }: ImageDefinition,
  { distribution, installdir }: Packages,
): Promise<Columns> {
  const of = { profile, osvers: distribution.name, osarch: distribution.arch };
  const found: Record<string, string> = {};
  try {
    if (provmethod === 'install') {
      const template = await findTemplate(profileFiles(of, 'pkglist', installdir), installdir);
      return template === undefined ? {} : { template };
    }
    for (const [column, ending] of Object.entries(profileColumns)) {
      const path = await resolveProfileFile(of, ending, installdir);
      if (path !== undefined) found[column] = path;
    }
  } catch (error) {
    // A system that genimage cannot build may still be installed, or be built one day.
    if (error instanceof StateliteError && error.code === 'ERR_STATELITE_IMAGE') return {};
    throw error;
  }
  return found;
}

/** Installer templates have the names of pkglists, in a directory of their own. */
async function findTemplate(
  pkglists: readonly string[],
  installdir: string,
): Promise<string | undefined> {
  const netboot = join(installdir, 'custom/netboot/');
  for (const path of pkglists) {
    const name = path.slice(netboot.length).replace(/pkglist$/u, 'tmpl');
    const template = join(installdir, 'custom/install', name);
    if (await exists(template)) return template;
  }
  return undefined;
}
