/** A directory of a server that is mounted here by NFS. */
export interface Mount {
  /** Without brackets. */
  readonly server: string;
  readonly exported: string;
  readonly at: string;
}

/** The NFS mounts of `/proc/self/mountinfo` (proc_pid_mountinfo(5)), latest first: it covers the others. */
export function parseMounts(mountinfo: string): Mount[] {
  const mounts = mountinfo.split('\n').flatMap((line): Mount[] => {
    const [own = '', type = ''] = line.split(' - ');
    const [fstype = '', source = ''] = type.split(' ');
    if (fstype !== 'nfs' && fstype !== 'nfs4') return [];
    const [root, at] = own.split(' ').slice(3);
    const found = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]+)):(?<exported>\/.*)$/u.exec(
      unescape(source),
    );
    const { v6, name, exported } = found?.groups ?? {};
    const server = v6 ?? name;
    // A bind mount of a directory below an export shows another one than its source says.
    if (root !== '/' || at === undefined || server === undefined || exported === undefined)
      return [];
    return [{ server, exported: exported.replace(/(?<=.)\/+$/u, ''), at: unescape(at) }];
  });
  return mounts.toReversed();
}

/** The kernel writes blanks and backslashes as octal numbers. */
function unescape(text: string): string {
  return text.replaceAll(/\\(?<octal>[0-7]{3})/gu, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
