import { lstat, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { attributeOf } from '../../core/attributes.ts';
import type { Cluster } from '../../core/cluster.ts';
import { splitList } from '../../core/list.ts';
import { platformNames } from '../genimage/distribution.ts';
import { exists } from '../genimage/exists.ts';
import { imagePlace } from '../pack/image-place.ts';
import { digestOf } from '../pack/pack-root.ts';
import { includedFiles, type List } from './included.ts';
import type { Extra, Manifest } from './manifest.ts';
import { extraDirectory, member, packedRoots, reservedNames, treeRoot } from './members.ts';
import { listPlace } from './place.ts';

/** What an archive of an image is made of, but for the tree. */
export interface Collection {
  readonly rootimgdir: string;
  readonly manifest: Manifest;
  /** Files of this machine, by their names in the archive. */
  readonly files: ReadonlyMap<string, string>;
  /** Extra directories with all that is in them, likewise. */
  readonly directories: ReadonlyMap<string, string>;
}

/** Columns that hold paths of files which go along, comma lists; a script may have words behind it. */
export const listColumns = {
  linuximage: ['pkglist', 'otherpkglist', 'postinstall', 'exlist'],
  osimage: ['synclists'],
} as const;

/**
 * Finds everything that belongs to an image. `postscriptsOf` is a node whose scripts' names go along.
 * Throws ERR_STATELITE_NOT_FOUND if there is no such image, ERR_STATELITE_IMAGE for columns that are
 * blank or files that are missing, all of them named at once, and for two files of one name.
 */
export async function collectImage(
  image: string,
  cluster: Cluster,
  {
    extra,
    postscriptsOf,
  }: { readonly extra: readonly Extra[]; readonly postscriptsOf?: string | undefined },
): Promise<Collection> {
  const { rows, site } = cluster;
  const { rootimgdir } = imagePlace(image, cluster);
  const osimage = columnsOf(rows.osimage.find(({ imagename }) => imagename === image));
  const linuximage = columnsOf(rows.linuximage.find(({ imagename }) => imagename === image));
  refuseBlank(image, osimage);
  const files = new Map<string, string>();
  const boot = [member.kernel, member.initramfs].map((name) => join(rootimgdir, name));
  const lists = [
    ...listColumns.linuximage.flatMap((column) => pathsIn(linuximage[column])),
    ...listColumns.osimage.flatMap((column) => pathsIn(osimage[column])),
  ];
  const missing = await missingOf([join(rootimgdir, treeRoot), ...boot, ...lists]);
  if (missing.length > 0) refuseMissing(image, missing);
  for (const path of lists) add(files, basename(path), path, reservedNames);
  for (const path of boot) files.set(basename(path), path);
  const packed = await packedIn(rootimgdir);
  for (const path of packed.files) files.set(basename(path), path);
  const directories = new Map<string, string>();
  const included = await includedFiles(listsOf(linuximage, osimage, site.installdir), {
    INSTALLDIR: site.installdir,
    OSVER: osimage['osvers'] ?? '',
    ARCH: osimage['osarch'] ?? '',
    PROFILE: osimage['profile'] ?? '',
  });
  const along = [...extra, ...included];
  for (const { src } of along) {
    if ((await stat(src)).isDirectory()) directories.set(join(extraDirectory, src), src);
    else add(files, join(extraDirectory, basename(src)), src);
  }
  const at = (name: string) => join(rootimgdir, name);
  const manifest: Manifest = {
    osimage: { ...osimage, imagename: image },
    linuximage: { ...linuximage, imagename: image, rootimgdir },
    files: {
      kernel: at(member.kernel),
      ramdisk: at(member.initramfs),
      rootimgtree: at(member.tree),
      litefile: at(member.litefile),
      ...(packed.roots.length > 0 && { rootimg: packed.roots.join(',') }),
    },
    extra: along,
    installdir: site.installdir,
    ...scriptsOf(postscriptsOf, cluster),
  };
  return { rootimgdir, manifest, files, directories };
}

/**
 * `FILE[:DIRECTORY]` of the command line: what goes along, and where it is put. Throws
 * ERR_STATELITE_USAGE, ERR_STATELITE_NOT_FOUND if there is no such file.
 */
export async function parseExtra(word: string, cwd: string): Promise<Extra> {
  const isWhole = await exists(resolve(cwd, word));
  const [file = '', to = ''] = isWhole ? [word] : word.split(':');
  const src = resolve(cwd, file);
  if (to !== '' && !to.startsWith('/')) {
    throw new StateliteError('ERR_STATELITE_USAGE', `-e ${word}: ${to} is not an absolute path`);
  }
  try {
    const isDirectory = (await stat(src)).isDirectory();
    return { src, dest: to === '' ? (isDirectory ? src : dirname(src)) : resolve(to) };
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT', 'ENOTDIR')) throw cause;
    throw new StateliteError('ERR_STATELITE_NOT_FOUND', `there is no extra file ${src}`, { cause });
  }
}

/** The files of a comma list, without the words that are given to a script. */
export function pathsIn(list: string | undefined): string[] {
  return splitList(list ?? null).map((item) => item.split(/\s+/u)[0] ?? '');
}

/** What may include other files. */
function listsOf(
  linuximage: Readonly<Record<string, string>>,
  { osvers = '' }: Readonly<Record<string, string>>,
  installdir: string,
): List[] {
  const { platform } = platformNames(osvers);
  const kinds = { pkglist: 'packages', otherpkglist: 'packages', exlist: 'excludes' } as const;
  return Object.entries(kinds).flatMap(([column, kind]) =>
    pathsIn(linuximage[column]).map((path) => {
      return { kind, path, place: listPlace(path, platform, installdir) };
    }),
  );
}

function columnsOf(row: Readonly<Record<string, string | null>> | undefined) {
  const filled = Object.entries(row ?? {}).filter(
    (entry): entry is [string, string] => entry[1] !== null && entry[1] !== '',
  );
  return Object.fromEntries(filled);
}

function refuseBlank(image: string, row: Readonly<Record<string, string>>): void {
  const needed = ['provmethod', 'profile', 'osvers', 'osarch'] as const;
  const blank = needed.filter((column) => row[column] === undefined);
  const method = row['provmethod'] ?? '';
  if (blank.length === 0 && /^(?:statelite|netboot)$/u.test(method)) return;
  const why =
    blank.length > 0
      ? `${blank.map((column) => `osimage.${column}`).join(', ')} of ${image} is blank`
      : `osimage ${image} has the provmethod ${method}: only images of diskless nodes can be exported`;
  throw new StateliteError('ERR_STATELITE_IMAGE', why, {
    hint: `chtab imagename=${image} osimage.${blank[0] ?? 'provmethod'}=...`,
  });
}

async function missingOf(paths: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const path of paths) if (!(await exists(path))) missing.push(path);
  return missing;
}

function refuseMissing(image: string, missing: readonly string[]): never {
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `osimage ${image} is not whole: there is no ${missing.join(', no ')}`,
    {
      hint: `genimage ${image} makes tree, kernel and initramfs; lists are named by the osimage's rows`,
    },
  );
}

function add(
  files: Map<string, string>,
  name: string,
  path: string,
  reserved: ReadonlySet<string> = new Set(),
): void {
  const other = reserved.has(name) ? name : files.get(name);
  if (other === path) return;
  if (other === undefined) return void files.set(name, path);
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `${path} and ${other} would both be ${name} in the archive`,
    { hint: 'give one of them another name' },
  );
}

async function packedIn(rootimgdir: string): Promise<{ files: string[]; roots: string[] }> {
  const files: string[] = [];
  const roots: string[] = [];
  for (const name of packedRoots) {
    const path = join(rootimgdir, name);
    if (!(await isFile(path))) continue;
    roots.push(path);
    files.push(path);
    if (await isFile(digestOf(path))) files.push(digestOf(path));
  }
  const stateless = join(rootimgdir, member.stateless);
  if (await isFile(stateless)) files.push(stateless);
  return { files, roots };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** The scripts that run on a node: those of all nodes, then its own, as stock xCAT puts them together. */
function scriptsOf(
  node: string | undefined,
  cluster: Cluster,
): Pick<Manifest, 'postscripts' | 'postbootscripts'> {
  const both = (column: 'postscripts' | 'postbootscripts') => {
    if (node === undefined) return '';
    const all = cluster.rowOf('postscripts', 'xcatdefaults')?.[column] ?? '';
    const own = attributeOf(cluster, node, 'postscripts', column) ?? '';
    return [all, own].filter((list) => list !== '').join(',');
  };
  return { postscripts: both('postscripts'), postbootscripts: both('postbootscripts') };
}
