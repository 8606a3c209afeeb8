import { type Fstype, parsePartitionFile } from '../../agent/protocol/partition-file.ts';

/** A program that the initramfs of an image lacks, and the package that has it. */
export interface MissingProgram {
  readonly program: string;
  readonly package: string;
  /** Without it nodes boot, but a file system is not checked after a power cut. */
  readonly optional: boolean;
}

/**
 * What a partitionfile of the format kind asks for that is not among `programs`, the names in the
 * initramfs's /sbin: with mkfs.* missing, a node stops before anything is wiped. Throws what
 * parsePartitionFile throws. What a script needs, only the script knows.
 */
export function missingPrograms(text: string, programs: ReadonlySet<string>): MissingProgram[] {
  const { enable, enablepart, disks, localspace } = parsePartitionFile(text);
  if (!enable) return [];
  const made = enablepart
    ? disks.map(({ fstype }) => fstype ?? localspace?.fstype ?? 'ext4')
    : ([] as const);
  const kept = localspace && (localspace.fstype ?? made[0] ?? 'ext4');
  const needed: MissingProgram[] = [...new Set(made)].map((fstype) => ({
    program: `mkfs.${fstype}`,
    package: packageOf(fstype),
    optional: false,
  }));
  if (kept !== undefined && kept !== 'xfs') {
    needed.push({ program: 'e2fsck', package: packageOf(kept), optional: true });
  }
  return needed.filter(({ program }) => !programs.has(program));
}

/** One line for the operator of genimage. */
export function tellMissing({ program, package: name, optional }: MissingProgram): string {
  const without = optional
    ? 'file systems of local disks are not checked'
    : 'nodes stop at their local disk';
  return `neither the image nor this machine has ${program}: without it ${without}; put ${name} into the pkglist of the image and run genimage again`;
}

function packageOf(fstype: Fstype): string {
  return fstype === 'xfs' ? 'xfsprogs' : 'e2fsprogs';
}
