import { basename, join } from 'node:path';
import { StateliteError } from '../../../agent/errors.ts';
import { validateRow } from '../../core/validate-row.ts';
import { platformNames } from '../genimage/distribution.ts';
import { digestOf } from '../pack/pack-root.ts';
import { listColumns } from './collect.ts';
import type { Manifest } from './manifest.ts';
import { extraDirectory, member, packedRoots } from './members.ts';
import {
  checkExtraPlace,
  imageDirectory,
  listPlace,
  type Places,
  renamedFor,
  translated,
} from './place.ts';

/** A file or directory of the archive, and its place on this machine. */
export interface Placed {
  /** Its name in the archive. */
  readonly name: string;
  readonly to: string;
}

/** What an import will make; nothing of it is there yet. */
export interface ImportPlan {
  readonly image: string;
  readonly rootimgdir: string;
  readonly osimage: Readonly<Record<string, string>>;
  readonly linuximage: Readonly<Record<string, string>>;
  /** Beside the tree: kernel, initramfs, packed roots. */
  readonly boot: readonly string[];
  readonly lists: readonly Placed[];
  /** Files and directories. */
  readonly extra: readonly Placed[];
  /** What the operator should know. */
  readonly warnings: readonly string[];
}

/** These become one directory each, and words of boot files. */
const plainWord = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/u;

/**
 * Decides from the manifest and the names in the archive where everything goes and what the rows are;
 * with another `profile` image, directory and lists are called after that, as xCAT does it. Nothing
 * leaves installdir but extra files that were allowed to. Throws ERR_STATELITE_IMAGE, ERR_STATELITE_ROW.
 */
export function planImport(
  manifest: Manifest,
  members: ReadonlySet<string>,
  { profile: wanted, ...places }: Places & { readonly profile: string | undefined },
): ImportPlan {
  const oldProfile = manifest.osimage['profile'] ?? '';
  const profile = wanted === oldProfile ? undefined : wanted;
  const named = namesIn(manifest, profile);
  const { installdir } = places;
  const here = (path: string) => translated(path, manifest.installdir, installdir);
  const written = profile === undefined ? here(manifest.linuximage['rootimgdir'] ?? '') : '';
  const rootimgdir = imageDirectory(written, named, installdir);
  const missing = [member.tree, member.kernel, member.initramfs].filter(
    (name) => !members.has(name),
  );
  if (missing.length > 0) throw refusal(`it has no ${missing.join(', no ')}`);
  const lists: Placed[] = [];
  const warnings: string[] = [];
  const placed = (path: string): string => {
    const name = basename(path);
    const usual = listPlace(here(path), platformNames(named.osvers).platform, installdir);
    const to = profile === undefined ? usual : renamedFor(usual, oldProfile, profile);
    if (members.has(name)) lists.push({ name, to });
    else warnings.push(`the archive has no ${name}: ${to} is for you to make`);
    return to;
  };
  const osimage = {
    ...withLists(manifest.osimage, listColumns.osimage, placed),
    imagename: named.image,
    profile: named.profile,
  };
  const linuximage = {
    ...withLists(manifest.linuximage, listColumns.linuximage, placed),
    ...movedDirectories(manifest.linuximage, here),
    imagename: named.image,
    rootimgdir,
  };
  validateRow('osimage', osimage);
  validateRow('linuximage', linuximage);
  const extra = manifest.extra.map(({ src, dest }) => {
    const asDirectory = join(extraDirectory, src);
    const name = members.has(asDirectory) ? asDirectory : join(extraDirectory, basename(src));
    if (!members.has(name)) throw refusal(`it has no ${name}, which the manifest names`);
    const to = name === asDirectory ? here(dest) : join(here(dest), basename(src));
    checkExtraPlace(name, to, places);
    return { name, to };
  });
  refuseSamePlace([...lists, ...extra]);
  return {
    image: named.image,
    rootimgdir,
    osimage,
    linuximage,
    boot: [
      member.kernel,
      member.initramfs,
      member.stateless,
      ...packedRoots.flatMap((name) => [name, digestOf(name)]),
    ].filter((name) => members.has(name)),
    lists: [...new Map(lists.map((each) => [each.to, each])).values()],
    extra,
    warnings,
  };
}

interface Names {
  readonly image: string;
  readonly osvers: string;
  readonly osarch: string;
  readonly profile: string;
}

function namesIn({ osimage }: Manifest, profile: string | undefined): Names {
  const [imagename, osvers, osarch, provmethod, written] = (
    ['imagename', 'osvers', 'osarch', 'provmethod', 'profile'] as const
  ).map((column) => {
    const value = osimage[column] ?? '';
    if (plainWord.test(value)) return value;
    throw refusal(`osimage.${column} ${JSON.stringify(value)} in its manifest is no plain word`);
  });
  if (!/^(?:statelite|netboot)$/u.test(provmethod ?? '')) {
    throw refusal(`it is of an image with the provmethod ${provmethod}, which is not diskless`);
  }
  if (profile !== undefined && !plainWord.test(profile)) {
    throw new StateliteError('ERR_STATELITE_USAGE', `${JSON.stringify(profile)} is no profile`);
  }
  const image = profile === undefined ? imagename : `${osvers}-${osarch}-${provmethod}-${profile}`;
  return {
    image: image ?? '',
    osvers: osvers ?? '',
    osarch: osarch ?? '',
    profile: profile ?? written ?? '',
  };
}

/** The columns with the places that their files have here; words behind a script stay. */
function withLists(
  row: Readonly<Record<string, string>>,
  columns: readonly string[],
  placed: (path: string) => string,
): Record<string, string> {
  const moved = columns.flatMap((column) => {
    const items = (row[column] ?? '').split(',').map((item) => item.trim());
    const here = items
      .filter((item) => item !== '')
      .map((item) => {
        const [path = '', ...words] = item.split(/\s+/u);
        return [placed(path), ...words].join(' ');
      });
    return here.length === 0 ? [] : [[column, here.join(',')]];
  });
  return { ...row, ...Object.fromEntries(moved) };
}

/** Directories of packages, which are not in the archive. */
function movedDirectories(
  row: Readonly<Record<string, string>>,
  here: (path: string) => string,
): Record<string, string> {
  const columns = ['pkgdir', 'otherpkgdir', 'kerneldir'].filter(
    (column) => row[column] !== undefined,
  );
  return Object.fromEntries(
    columns.map((column) => [column, (row[column] ?? '').split(',').map(here).join(',')]),
  );
}

function refuseSamePlace(all: readonly Placed[]): void {
  for (const [to, several] of Map.groupBy(all, (each) => each.to)) {
    const names = new Set(several.map(({ name }) => name));
    if (names.size > 1) throw refusal(`${[...names].join(' and ')} would both be ${to}`);
  }
}

function refusal(why: string): StateliteError {
  return new StateliteError('ERR_STATELITE_IMAGE', `the archive is refused: ${why}`, {
    hint: 'nothing was changed',
  });
}
