import { unreachable } from '../preview/reachable.ts';
import type { Check } from './check.ts';
import { type Finding, fail, ok } from './finding.ts';
import { neededMounts } from './needed-mounts.ts';
import { askMountd } from './rpcbind.ts';
import type { Site } from './site.ts';

export const nfsServers: Check<Site> = {
  group: 'exports',
  name: 'NFS servers',
  async look({ boots }) {
    const byServer = Map.groupBy(boots.flatMap(neededMounts), ({ server }) => server);
    const findings = [...byServer].map(async ([server, mounts]) => {
      const why = await unreachable(server);
      const isV3 = mounts.some((mount) => mount.isV3);
      const mountd = isV3 && why === undefined ? await askMountd(server) : undefined;
      const nodes = [...new Set(mounts.map(({ node }) => node))];
      return judgeServer({ server, why, mountd, nodes });
    });
    return (await Promise.all(findings)).flat();
  },
};

/** What an NFS server said; `mountd` only if nodes mount by NFSv3. */
export interface ServerFacts {
  readonly server: string;
  /** Why it does not answer. */
  readonly why: string | undefined;
  readonly mountd: 'registered' | 'missing' | 'no rpcbind' | undefined;
  readonly nodes: readonly string[];
}

export function judgeServer({ server, why, mountd, nodes }: ServerFacts): Finding[] {
  if (why !== undefined) {
    const hint = `start it there: systemctl start nfs-server; nc -zv ${server} 2049 tries it`;
    return [fail(`the NFS server ${server} does not answer: ${why}`, hint, nodes)];
  }
  if (mountd === 'no rpcbind' || mountd === 'missing') {
    const what = mountd === 'missing' ? 'rpcbind there knows no mountd' : 'rpcbind does not answer';
    const message = `these nodes mount from ${server} by NFSv3, and ${what}`;
    const hint =
      'systemctl start rpcbind nfs-server there, or take vers=3 out of the mount options';
    return [fail(message, hint, nodes)];
  }
  return [ok(`the NFS server ${server} answers${mountd === undefined ? '' : ', mountd too'}`)];
}
