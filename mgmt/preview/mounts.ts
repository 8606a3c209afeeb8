import { parseMountinfo } from '../../agent/files/mountinfo.ts';
import { withoutSlashes } from '../../agent/rules/path.ts';

/** A directory of a server that is mounted here by NFS. */
export interface Mount {
  /** Without brackets. */
  readonly server: string;
  readonly exported: string;
  readonly at: string;
}

/** The NFS mounts of `/proc/self/mountinfo`, latest first: it covers the others. */
export function parseMounts(mountinfo: string): Mount[] {
  const mounts = parseMountinfo(mountinfo).flatMap(({ fstype, source, inside, point }): Mount[] => {
    // A bind mount of a directory below an export shows another one than its source says.
    if (!/^nfs4?$/u.test(fstype) || inside !== '/') return [];
    const found = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]+)):(?<exported>\/.*)$/u.exec(source);
    const { v6, name, exported } = found?.groups ?? {};
    const server = v6 ?? name;
    if (server === undefined || exported === undefined) return [];
    return [{ server, exported: withoutSlashes(exported) || exported, at: point }];
  });
  return mounts.toReversed();
}
