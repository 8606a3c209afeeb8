/** One mount, of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface MountPoint {
  readonly point: string;
  /** The directory of the file system that is shown there; `/` unless it is a bind mount of another. */
  readonly inside: string;
  readonly fstype: string;
  readonly source: string;
  /** Of this mount and of the file system, e.g. `ro`. */
  readonly options: readonly string[];
}

/** Reads mountinfo; the last mounted is last. */
export function parseMountinfo(text: string): MountPoint[] {
  return text.split('\n').flatMap((line): MountPoint[] => {
    const [own = '', shared = ''] = line.split(' - ');
    const [, , , inside, point, options = ''] = own.split(' ').map(unescape);
    const [fstype = '', source = '', superOptions = ''] = shared.split(' ').map(unescape);
    if (inside === undefined || point === undefined) return [];
    const words = [...options.split(','), ...superOptions.split(',')];
    return [{ point, inside, fstype, source, options: words }];
  });
}

/** Blanks, tabs, newlines and backslashes are written as three octal digits. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/gu, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
