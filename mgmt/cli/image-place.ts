import { join, resolve } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import type { Cluster } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { readReported, type Reported } from '../image/generations/reported.ts';
import type { Generation } from '../image/generations/read.ts';
import { imageRowOf } from '../image/genimage/image-row.ts';
import { reportReader } from '../reports/read.ts';
import type { Context } from './context.ts';

/** An osimage and where it is on this machine. */
export interface NamedImage {
  readonly name: string;
  readonly rootimgdir: string;
  /** All osimages whose root this is. */
  readonly names: ReadonlySet<string>;
  readonly tftpdir: string;
}

/** ERR_STATELITE_NOT_FOUND without such an osimage, _IMAGE if its directory cannot be told. */
export async function namedImage(context: Context, name: string): Promise<NamedImage> {
  const cluster = await readCluster(context.store(), context.settings);
  imageRowOf(name, cluster.rows);
  const rootimgdir = rootimgdirOf(name, cluster);
  if (rootimgdir !== undefined) return inCluster(name, rootimgdir, cluster);
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `osimage ${name} has no rootimgdir, and not all of osvers, osarch and profile to compose it of`,
    { hint: `chtab imagename=${name} linuximage.rootimgdir=DIRECTORY` },
  );
}

/** All osimages that have a directory, sorted by name. */
export async function allImages(context: Context): Promise<NamedImage[]> {
  const cluster = await readCluster(context.store(), context.settings);
  return cluster.rows.osimage
    .map(({ imagename }) => imagename)
    .toSorted()
    .flatMap((name) => {
      const rootimgdir = rootimgdirOf(name, cluster);
      return rootimgdir === undefined ? [] : [inCluster(name, rootimgdir, cluster)];
    });
}

/** Which nodes run what by their last reports. */
export async function reportedOf(
  { settings }: Context,
  { names }: NamedImage,
  generations: readonly Generation[],
): Promise<Reported> {
  return readReported(reportReader(join(settings.state, 'reports')), names, generations);
}

function inCluster(name: string, rootimgdir: string, cluster: Cluster): NamedImage {
  const names = cluster.rows.osimage
    .map(({ imagename }) => imagename)
    .filter((other) => rootimgdirOf(other, cluster) === rootimgdir);
  return { name, rootimgdir, names: new Set(names), tftpdir: cluster.site.tftpdir };
}

function rootimgdirOf(name: string, { rows, site }: Cluster): string | undefined {
  const { rootimgdir, osvers, osarch, profile } = imageRowOf(name, rows);
  if (rootimgdir !== null && rootimgdir !== '') return resolve(rootimgdir);
  if (osvers === null || osarch === null || profile === null) return undefined;
  return join(site.installdir, 'netboot', osvers, osarch, profile);
}
