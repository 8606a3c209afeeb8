import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Cluster } from '../../vm/cluster.ts';
import { rowsOf } from '../../vm/every-option.ts';
import { installForeignImage } from '../../vm/foreign-image.ts';
import { builtStatelite } from '../../vm/management.ts';
import { settings } from '../vm/fixtures.ts';
import { addNode, bringGrub, foreignStory, slow, stopwatch } from './foreign.ts';

const story = foreignStory('aarch64', {
  [`${builtStatelite}-agent-aarch64`]: 'npm run build -- aarch64',
});

/** One row of each kind, and how to see on the node that it is served. */
const rows = [
  { file: '/etc/motd', options: 'tmpfs', look: 'cat /etc/motd', shows: 'motd of cn01\n' },
  { file: '/etc/environment', options: 'con', look: 'cat /etc/environment', shows: 'A=1\nB=2\n' },
  { file: '/etc/issue', options: 'ro', look: 'cat /etc/issue', shows: 'common issue\n' },
  {
    file: '/var/log/',
    options: 'tmpfs,rw',
    look: 'touch /var/log/x && echo made',
    shows: 'made\n',
  },
  {
    file: '/srv/link',
    options: 'link',
    look: 'readlink /srv/link',
    shows: '../.statelite/tmpfs/srv/link\n',
  },
  {
    file: '/var/lib/data/',
    options: 'persistent',
    look: 'stat -f -c %T /var/lib/data',
    shows: 'nfs\n',
  },
] as const;

const inImage = {
  '/etc/motd': 'motd of the image\n',
  '/etc/environment': '',
  '/etc/issue': '',
  '/srv/link': 'linked\n',
  '/var/lib/data/first': 'from the image\n',
};

const packages = ['linux-image-cloud-arm64', 'busybox-static', 'libc6', 'libstdc++6', 'libgcc-s1'];

describe('a node with an aarch64 processor', () => {
  for (const firmware of ['uefi', 'uefi-http'] as const) {
    story(`boots (${firmware}) by GRUB to the init of its image`, slow, async ({ cluster }) => {
      const { management } = cluster;
      const image = await installForeignImage(management, settings.cache, {
        arch: 'aarch64',
        packages,
        files: inImage,
      });
      await bringGrub(management, 'aarch64');
      const store = await fillTables(cluster);
      await management.run('liteimg', image.osimage);
      await management.run('genimage', image.osimage, '--onlyinitrd', '--level', '3');
      const { name, mac } = await addNode(cluster, { 'noderes.netboot': 'grub2' });

      const time = stopwatch();
      const { osimage } = image;
      const node = await cluster.boot(name, { arch: 'aarch64', firmware, osimage });
      await node.sees('Loading Install kernel', { within: '60s' });
      const loader = time();
      await node.sees('statelite: agent', { within: '120s' });
      const agent = time();
      await node.sees('switch_root to', { within: '60s' });
      process.stderr.write(
        `aarch64, ${firmware}: loader ${loader}, agent ${agent}, switch_root ${time()}\n`,
      );

      await node.sees('@@init@@ aarch64', { within: '30s' });
      await node.atShell('# ');
      for (const { look, shows } of rows) expect(await node.run(look)).toBe(shows);
      const words = (await node.run('cat /proc/cmdline')).trim().split(' ');
      expect(words).toContain('console=ttyAMA0,115200');
      expect(words.at(-1)).toBe(`BOOTIF=${mac}`);
      // what is kept is kept, and what is not listed cannot be written
      await node.run('echo kept > /var/lib/data/second');
      const kept = (file: string) => readFile(join(store, name, 'var/lib/data', file), 'utf8');
      expect(await kept('first')).toBe('from the image\n');
      expect(await kept('second')).toBe('kept\n');
      const { output, status } = await node.tryRun('touch /etc/group');
      expect(status).not.toBe(0);
      expect(output).toContain('Read-only file system');
      await node.kill();
    });
  }
});

/** The three tables and their trees; the path of the store. */
async function fillTables(cluster: Cluster): Promise<string> {
  const own = await cluster.share('nodes');
  const common = await cluster.share('common');
  const state = await cluster.share('state');
  await plant(join(own.path, 'cn01'), { 'etc/motd': 'motd of cn01\n', 'etc/environment': 'A=1\n' });
  await plant(common.path, { 'etc/environment': 'B=2\n', 'etc/issue': 'common issue\n' });
  await cluster.setTable('litetree', [
    { priority: '1', image: 'ALL', directory: `${own.location}/$node` },
    { priority: '2', image: 'ALL', directory: common.location },
  ]);
  await cluster.setTable('litefile', rowsOf(rows));
  await cluster.setTable('statelite', [{ node: 'cn01', statemnt: state.location }]);
  return state.path;
}

async function plant(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}
