/** inode(7): the file type of st_mode. */
const types = {
  'character device': 0o020000,
  'block device': 0o060000,
  FIFO: 0o010000,
  socket: 0o140000,
} as const;

export type SpecialType = keyof typeof types;

/** The type of a special file as mknod(2) takes it. */
export function typeBits(type: SpecialType): number {
  return types[type];
}

/** makedev(3) as glibc has it. */
export function deviceNumber({ major, minor }: { major: number; minor: number }): number {
  return (
    (minor & 0xff) +
    (major & 0xfff) * 2 ** 8 +
    ((minor & ~0xff) >>> 0) * 2 ** 12 +
    ((major & ~0xfff) >>> 0) * 2 ** 32
  );
}
