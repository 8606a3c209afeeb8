import type { Cluster } from '../../core/cluster.ts';
import type { RootLogin } from '../liteimg/root-login.ts';

/** The passwd row of root, unless the site locks root out of its images (mgmt QUIRK-33). */
export function rootLoginOf({ rows, site }: Pick<Cluster, 'rows' | 'site'>): RootLogin | undefined {
  if (/^(?:1|y|yes)$/iu.test(site.get('secureroot') ?? '')) return 'locked';
  const row = rows.passwd.find(({ key, username }) => key === 'system' && username === 'root');
  const password = row?.password ?? '';
  return password === '' ? undefined : { password, cryptmethod: row?.cryptmethod ?? '' };
}
