import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { story as base } from './fixtures.ts';

/** A node that keeps a directory of some MiB, and a store that does not take it. */
const story = base.extend('ready', { scope: 'file' }, async ({ site }) => {
  const { cluster, image } = site;
  const state = await cluster.share('state');
  const own = join(state.path, 'cn01');
  await cluster.addNode('cn01', { mac: '52:54:00:77:00:01', ip: '10.77.0.11' });
  await cluster.setTable('litefile', [
    { image: 'ALL', file: '/var/lib/dpkg/', options: 'persistent' },
  ]);
  await cluster.setTable('statelite', [{ node: 'cn01', statemnt: state.location }]);
  await cluster.management.run('liteimg', image.osimage);
  /** Boots with servers as `prepare` leaves them, after their configuration was written. */
  const boot = async (onfail: string, prepare: () => Promise<void>) => {
    const words = `init=/bin/sh statelite.onfail=${onfail}`;
    await cluster.management.run('chtab', 'node=cn01', `bootparams.addkcmdline=${words}`);
    await cluster.management.run('nodeset', 'cn01', `osimage=${image.osimage}`);
    await cluster.management.configure();
    await prepare();
    await cluster.management.nfs.restart();
    return cluster.bootInstalled('cn01');
  };
  return { cluster, boot, own, location: `${state.location}/cn01`, state };
});

/** What a kernel needs before the agent's first line, and a mount. */
const inTime = { within: '40s' } as const;

describe('a persistent store that does not take a copy', () => {
  story('refuses root: the node says which, and offers a shell', async ({ ready }) => {
    const { cluster, own, location, state } = ready;
    const node = await ready.boot('shell', async () => {
      await mkdir(own);
      await chmod(own, 0o755);
      const config = join(cluster.rack.directory, 'services', 'ganesha.conf');
      const text = await readFile(config, 'utf8');
      const path = `Path = "${state.path}";`;
      await writeFile(config, text.replace(path, `${path}\n  Squash = Root_Squash;`));
    });
    try {
      await node.sees('ERR_STATELITE_STEP: cannot ', inTime);
      await node.sees(`EACCES: permission denied: writing /.statelite/persistent/`);
      await node.sees(`in the persistent store ${location}`);
      await node.sees(`export the persistent store ${location} with no_root_squash`);
      await node.sees('Emergency shell');
      expect(await readdir(own)).toEqual([]);
    } finally {
      await node.kill();
    }
  });

  story('is full: the node says how full, leaves nothing half, and halts', async ({ ready }) => {
    const { cluster, own, location, state } = ready;
    const node = await ready.boot('halt', async () => {
      const disk = join(cluster.rack.directory, 'small.ext4');
      await cluster.rack.lab.enter(['truncate', '-s', '2M', disk]);
      await cluster.rack.lab.enter(['mkfs.ext4', '-q', '-F', disk]);
      await cluster.rack.lab.enter(['mount', '-o', 'loop', disk, state.path]);
    });
    try {
      await node.sees(
        'ERR_STATELITE_STEP: cannot fill /.statelite/persistent/var/lib/dpkg/',
        inTime,
      );
      await node.sees(
        /ENOSPC: no space left on device: writing \/\.statelite\/persistent\/var\/lib/u,
      );
      await node.sees(/row "\/var\/lib\/dpkg\/"/u);
      await node.sees(`the persistent store ${location} is full (`);
      await node.sees(
        /the entry needs (?:\d+ inodes and )?[\d.]+ [KM]iB or more\): make room there/u,
      );
      await node.sees('statelite.onfail=halt');
      await node.machine.ended;
      const inside = (path: string) => cluster.rack.lab.enter(['find', path, '-name', '*']);
      expect(await inside(own)).not.toContain('.statelite.new');
    } finally {
      if (node.machine.isRunning) await node.kill();
    }
  });
});
