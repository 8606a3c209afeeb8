import { join } from 'node:path';
import { readCluster } from '../db/read-cluster.ts';
import { readReported, type Reported } from '../image/generations/reported.ts';
import type { Generation } from '../image/generations/read.ts';
import { imagePlace, imagesIn, realDirectories } from '../image/pack/image-place.ts';
import { reportReader } from '../reports/read.ts';
import type { Context } from './context.ts';

/** An osimage and where it is on this machine. */
export interface NamedImage {
  readonly name: string;
  readonly rootimgdir: string;
  /** '' if the table does not say. */
  readonly osarch: string;
  /** All osimages whose root this is. */
  readonly names: ReadonlySet<string>;
  readonly tftpdir: string;
}

/** ERR_STATELITE_NOT_FOUND without such an osimage, _IMAGE if its directory cannot be told. */
export async function namedImage(context: Context, name: string): Promise<NamedImage> {
  const cluster = await readCluster(context.store(), context.settings);
  const { rootimgdir, osarch } = imagePlace(name, cluster);
  const names = new Set(await imagesIn(rootimgdir, cluster));
  return { name, rootimgdir, osarch, names, tftpdir: cluster.site.tftpdir };
}

/** All osimages that have a directory, sorted by name. */
export async function allImages(context: Context): Promise<NamedImage[]> {
  const cluster = await readCluster(context.store(), context.settings);
  const directories = [...(await realDirectories(cluster))];
  const sharing = Map.groupBy(directories, ([, rootimgdir]) => rootimgdir);
  return directories
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, rootimgdir]) => {
      const names = new Set(sharing.get(rootimgdir)?.map(([other]) => other));
      const { osarch } = imagePlace(name, cluster);
      return { name, rootimgdir, osarch, names, tftpdir: cluster.site.tftpdir };
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
