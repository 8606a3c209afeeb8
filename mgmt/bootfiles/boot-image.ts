import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import type { Cluster } from '../core/cluster.ts';
import { imageHint } from '../core/unknown-image.ts';
import { type StoreDemands, storeDemands } from './refuse-impossible.ts';
import type { Sourced } from './sourced.ts';

/** What nodeset needs of an osimage and its linuximage row. */
export interface BootImage {
  readonly name: string;
  readonly os: string;
  readonly arch: string;
  readonly profile: string;
  /** Holds rootimg, kernel and initrd-statelite.gz. */
  readonly rootimgdir: string;
  /** Whether nodes have their root over NFS, or unpacked in their memory. */
  readonly rootfstype: 'nfs' | 'ramdisk';
  readonly nfsrootopts: Sourced;
  readonly addkcmdline: Sourced;
  readonly nodebootif: Sourced;
  readonly partitionfile: Sourced;
  readonly dump: Sourced;
  readonly crashkernelsize: Sourced;
  /** Rows of the image that a node without the store they need cannot have. */
  readonly demands: StoreDemands;
}

type ImageColumn = 'addkcmdline' | 'nodebootif' | 'partitionfile' | 'dump' | 'crashkernelsize';

/**
 * An image of the tables, ready to boot from. ERR_STATELITE_NOT_FOUND if there is none,
 * ERR_STATELITE_BOOTFILE if its rows do not say enough, or what cannot be in a boot file.
 */
export function bootImage(name: string, cluster: Cluster): BootImage {
  const row = cluster.rows.osimage.find(({ imagename }) => imagename === name);
  if (row === undefined) {
    throw new StateliteError(
      'ERR_STATELITE_NOT_FOUND',
      `Cannot find the OS image ${name} in the osimage table.`,
      {
        hint: imageHint(
          name,
          cluster.rows.osimage.map((other) => other.imagename),
        ),
      },
    );
  }
  const { osvers: os, osarch: arch, profile } = row;
  if (os === null || arch === null || profile === null) {
    throw bad(name, 'needs osvers, osarch and profile', `lsdef -t osimage ${name}`);
  }
  refuseUnwritable(name, { name, osvers: os, osarch: arch, profile });
  const rootfstype = row.rootfstype ?? 'nfs';
  if (rootfstype !== 'nfs' && rootfstype !== 'ramdisk') {
    throw bad(name, `has rootfstype ${rootfstype}, which cannot be booted`, 'use nfs or ramdisk');
  }
  const linux = cluster.rows.linuximage.find(({ imagename }) => imagename === name);
  const column = (of: ImageColumn): Sourced => ({
    text: linux?.[of] ?? '',
    from: `linuximage row imagename=${name}: ${of}`,
  });
  return {
    name,
    os,
    arch,
    profile,
    rootfstype,
    rootimgdir: linux?.rootimgdir ?? join(cluster.site.installdir, 'netboot', os, arch, profile),
    nfsrootopts: {
      text: row.nfsrootopts ?? '',
      from: `osimage row imagename=${name}: nfsrootopts`,
    },
    addkcmdline: column('addkcmdline'),
    nodebootif: column('nodebootif'),
    partitionfile: column('partitionfile'),
    dump: column('dump'),
    crashkernelsize: column('crashkernelsize'),
    demands: storeDemands(cluster.rowsFor(name).litefile),
  };
}

/** What boot files and `nodeset stat` call a node that boots the image. */
export function stateOf({ os, arch, profile }: Pick<BootImage, 'os' | 'arch' | 'profile'>): string {
  return `statelite ${os}-${arch}-${profile}`;
}

/** They are names of directories, and in lines of boot files. */
function refuseUnwritable(name: string, values: Readonly<Record<string, string>>): void {
  for (const [column, value] of Object.entries(values)) {
    if (/^[A-Za-z0-9_][A-Za-z0-9._+-]*$/u.test(value)) continue;
    throw bad(
      name,
      `has a ${column} that cannot be part of a boot file${value === name ? '' : `: ${JSON.stringify(value)}`}`,
      'use letters, digits and ._+-',
    );
  }
}

function bad(name: string, reason: string, hint: string): StateliteError {
  return new StateliteError('ERR_STATELITE_BOOTFILE', `osimage ${name} ${reason}`, { hint });
}
