import type { Content } from '../../agent/machine/disk-content.ts';
import type { Disk } from '../../agent/machine/disk-survey.ts';

export const mebibyte = 2 ** 20;
export const blank: Content = { kind: 'blank' };

/** An empty disk of 1 GiB, but for what is said of it. */
export function diskOf(name: string, more: Partial<Disk> = {}): Disk {
  return {
    name,
    ids: [],
    size: 1024 * mebibyte,
    sector: 512,
    removable: false,
    readonly: false,
    users: [],
    table: undefined,
    mark: undefined,
    content: blank,
    partitions: [],
    ...more,
  };
}

export function filesystem(
  type: 'ext4' | 'ext3' | 'xfs',
  uuid = 'u',
  label = '',
  used = false,
): Content {
  return { kind: 'filesystem', type, uuid, label, used };
}

export const swap: Content = { kind: 'swap', uuid: 's', label: '' };

/** A disk divided as `parts=50,40` says, with a table of the id `t1`. */
export function dividedDisk(
  name: string,
  contents: readonly [Content, Content],
  more: Partial<Disk> = {},
): Disk {
  const extents = [
    { number: 1, start: mebibyte, size: 511 * mebibyte },
    { number: 2, start: 512 * mebibyte, size: 408 * mebibyte },
  ];
  return diskOf(name, {
    table: { kind: 'msdos', id: 't1', extents },
    content: { kind: 'other', what: 'partitions' },
    partitions: contents.map((content, index) => ({ number: index + 1, content })),
    ...more,
  });
}
