import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { exec } from './exec.ts';

/** One litefile row, and how to see on the node that it is served. */
export interface Example {
  readonly file: string;
  readonly options: string;
  /** A line of shell that prints what is there, and what it must print. */
  readonly look: string;
  readonly shows: string;
}

/** A table with every option, files and directories, parents and children. */
export const everyOption: readonly Example[] = [
  row('/etc/motd', 'tmpfs', 'cat /etc/motd', 'node cn01\n'),
  row('/etc/hostname', 'rw', 'test -w /etc/hostname && echo writable', 'writable\n'),
  row('/tmp/', 'tmpfs', 'stat -c %a /tmp', '1777\n'),
  row('/var/log/', 'tmpfs,rw', 'readlink /var/log', '../.statelite/tmpfs/var/log\n'),
  row('/etc/adjtime', '', 'readlink /etc/adjtime', '../.statelite/tmpfs/etc/adjtime\n'),
  row('/var/tmp/', 'link', 'touch /var/tmp/x && echo made', 'made\n'),
  row('/var/lib/systemd/', 'persistent', typeOf('/var/lib/systemd'), 'nfs\n'),
  row('/etc/machine-info', 'persistent', 'cat /etc/machine-info', 'PRETTY_HOSTNAME=common\n'),
  row('/root/', 'link,persistent', typeOf('/root/'), 'nfs\n'),
  row('/etc/site.key', 'link,persistent', 'cat /etc/site.key', 'key of cn01\n'),
  row('/srv/scratch/', 'localdisk', 'cat /srv/scratch/README', 'common scratch\n'),
  row('/etc/scratch.conf', 'localdisk', typeOf('/etc/scratch.conf'), 'ext2/ext3\n'),
  row('/etc/issue', 'ro', 'cat /etc/issue', 'common issue\n'),
  row('/opt/site/', 'ro', 'cat /opt/site/version', 'common 1\n'),
  row('/etc/profile.d/site.sh', 'link,ro', '. /etc/profile.d/site.sh; echo $SITE', 'common\n'),
  row('/usr/local/share/', 'link,ro', 'cat /usr/local/share/data', 'common data\n'),
  row('/etc/environment', 'con', 'cat /etc/environment', 'NODE=cn01\nCOMMON=1\n'),
  row('/etc/default/site', 'link,con', 'cat /etc/default/site', 'A=cn01\nB=common\n'),
  // a tmpfs parent with children of every kind that it may have
  row('/etc/app/', 'tmpfs', 'cat /etc/app/app.conf', 'common app\n'),
  row('/etc/app/rules', 'con', 'cat /etc/app/rules', 'rule of cn01\ncommon rule\n'),
  row('/etc/app/state/', 'persistent', typeOf('/etc/app/state'), 'nfs\n'),
  row('/etc/app/feed/', 'ro', 'cat /etc/app/feed/a', 'common feed\n'),
  // a link parent with its children
  row('/var/spool/site/', 'link', 'cat /var/spool/site/queue', 'common queue\n'),
  row('/var/spool/site/kept', 'link,persistent', 'cat /var/spool/site/kept', 'common kept\n'),
  row('/var/spool/site/all', 'link,con', 'cat /var/spool/site/all', 'all of cn01\ncommon all\n'),
  row('/var/spool/site/shared/', 'link,ro', 'cat /var/spool/site/shared/a', 'common shared\n'),
  // persistent below persistent
  row('/var/lib/data/', 'persistent', 'cat /var/lib/data/a', 'common data a\n'),
  row('/var/lib/data/deep/', 'persistent', 'cat /var/lib/data/deep/b', 'common data b\n'),
];

/** What the trees hold: one for all nodes, one per node. */
const common: Readonly<Record<string, string>> = {
  '/etc/motd': 'common motd\n',
  '/etc/machine-info': 'PRETTY_HOSTNAME=common\n',
  '/srv/scratch/README': 'common scratch\n',
  '/etc/issue': 'common issue\n',
  '/opt/site/version': 'common 1\n',
  '/etc/profile.d/site.sh': 'SITE=common\n',
  '/usr/local/share/data': 'common data\n',
  '/etc/environment': 'COMMON=1\n',
  '/etc/default/site': 'B=common\n',
  '/etc/app/app.conf': 'common app\n',
  '/etc/app/rules': 'common rule\n',
  '/etc/app/feed/a': 'common feed\n',
  '/var/spool/site/queue': 'common queue\n',
  '/var/spool/site/kept': 'common kept\n',
  '/var/spool/site/all': 'common all\n',
  '/var/spool/site/shared/a': 'common shared\n',
  '/var/lib/data/a': 'common data a\n',
  '/var/lib/data/deep/b': 'common data b\n',
};

const ofNode = (node: string): Record<string, string> => ({
  '/etc/motd': `node ${node}\n`,
  '/etc/site.key': `key of ${node}\n`,
  '/etc/environment': `NODE=${node}\n`,
  '/etc/default/site': `A=${node}\n`,
  '/etc/app/rules': `rule of ${node}\n`,
  '/var/spool/site/all': `all of ${node}\n`,
});

/** Directories of the management node that a story writes into. */
export interface Shares {
  readonly common: string;
  readonly nodes: string;
  readonly state: string;
}

/** The three tables, their trees and the store for this table. */
export async function setEveryOption(cluster: Cluster, nodes: readonly string[]): Promise<Shares> {
  const shared = await cluster.share('common');
  const perNode = await cluster.share('nodes');
  const state = await cluster.share('state');
  await plant(shared.path, common);
  for (const node of nodes) await plant(join(perNode.path, node), ofNode(node));
  await cluster.setTable('litetree', [
    { priority: '1', image: 'ALL', directory: `${perNode.location}/$node` },
    { priority: '2', image: 'ALL', directory: shared.location },
  ]);
  await cluster.setTable('litefile', rowsOf(everyOption));
  const statemnt = state.location;
  await cluster.setTable(
    'statelite',
    nodes.map((node) => ({ node, statemnt })),
  );
  return { common: shared.path, nodes: perNode.path, state: state.path };
}

/** A file system for localdisk rows: `statelite.localdisk=/dev/vda`. */
export async function makeDisk(file: string): Promise<void> {
  await exec(['truncate', '-s', '64M', file]);
  await exec(['mkfs.ext4', '-q', '-F', file]);
}

/** Table rows for all images. */
export function rowsOf(examples: readonly Pick<Example, 'file' | 'options'>[]) {
  return examples.map(({ file, options }) => ({ image: 'ALL', file, options }));
}

async function plant(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const place = join(root, path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, content);
    await chmod(place, 0o644);
  }
}

function row(file: string, options: string, look: string, shows: string): Example {
  return { file, options, look, shows };
}

function typeOf(path: string): string {
  return `stat -f -c %T ${path}`;
}
