import type { Cluster } from './cluster.ts';

/** The site key that lets `#CMD=...#` run, and what it must be (mgmt QUIRK-27). */
const switchKey = 'statelitecmd';

/** Whether the cluster lets `#CMD=...#` of litetree and statelite rows run; off without a word. */
export function mayRunCommands({ site }: Pick<Cluster, 'site'>): boolean {
  return site.get(switchKey) === 'yes';
}
