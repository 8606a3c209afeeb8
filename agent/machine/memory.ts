/** What /proc/meminfo says of the machine, in bytes. */
export interface Memory {
  readonly total: number;
  /** What programs can have without swapping. */
  readonly available: number;
}

export function parseMeminfo(text: string): Memory {
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'mu').exec(text)?.[1] ?? 0) * 1024;
  return { total: bytes('MemTotal'), available: bytes('MemAvailable') };
}

/** `183.4 MiB` */
export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
