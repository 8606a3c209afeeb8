import { describe, expect } from 'vitest';
import { story as base } from './fixtures.ts';

/** A node whose one row is persistent, ready to boot; what fails is the story. */
const story = base.extend('ready', { scope: 'file' }, async ({ site }) => {
  const { cluster, image } = site;
  const state = await cluster.share('state');
  await cluster.addNode('cn01', { mac: '52:54:00:77:00:01', ip: '10.77.0.11' });
  await cluster.setTable('litefile', [
    { image: 'ALL', file: '/var/lib/systemd/', options: 'persistent' },
  ]);
  await cluster.setTable('statelite', [{ node: 'cn01', statemnt: state.location }]);
  await cluster.management.run('liteimg', image.osimage);
  const { management } = cluster;
  const boot = (onfail: string) =>
    cluster.bootInstalled('cn01', {
      osimage: image.osimage,
      append: `init=/bin/sh statelite.onfail=${onfail} statelite.deadline=25`,
    });
  return { cluster, management, boot, state };
});

/** The deadline of the stories and what a kernel needs before the agent's first line. */
const inTime = { within: '20s' } as const;

describe('a node that cannot get what it needs', () => {
  story('says that the management node is dead, and offers a shell', async ({ ready }) => {
    await ready.cluster.management.configure();
    await ready.management.daemon.kill();
    const node = await ready.boot('shell');
    try {
      await node.sees('ERR_STATELITE_QUERY: no answer from the management node', inTime);
      await node.sees('hint: is statelite serve running there');
      await node.sees('Emergency shell');
      await node.atShell('statelite# ');
      expect(await node.run('grep -c "/newroot nfs" /proc/mounts')).toBe('1\n');

      // Leaving the shell starts again at the query: the node boots once the daemon is back.
      await ready.management.daemon.restart();
      await node.leaveShell();
      await node.sees('switch_root to', { within: '30s' });
    } finally {
      await node.kill();
      if (!ready.management.daemon.isRunning) await ready.management.daemon.restart();
    }
  });

  story('says that the NFS server is dead, and reboots', async ({ ready }) => {
    await ready.cluster.management.configure();
    await ready.management.nfs.kill();
    const node = await ready.boot('reboot');
    try {
      await node.sees('ERR_STATELITE_NFSROOT: cannot mount 10.77.0.1:', inTime);
      await node.sees('hint: is the image exported to the node?');
      const reset = node.machine.qmp.event('RESET');
      await node.sees('statelite.onfail=reboot');
      await reset;
    } finally {
      await node.kill();
      await ready.management.nfs.restart();
    }
  });

  story('says that an NFS server hangs, within the deadline', async ({ ready }) => {
    await ready.cluster.management.configure();
    ready.management.nfs.stop();
    const node = await ready.boot('halt');
    try {
      await node.sees('it accepts connections and says nothing', inTime);
      await node.sees('statelite.onfail=halt', inTime);
      await node.machine.ended;
    } finally {
      if (node.machine.isRunning) await node.kill();
      ready.management.nfs.cont();
    }
  });

  story(
    'says that the persistent store refuses it, and does not boot without it',
    async ({ ready }) => {
      await ready.cluster.setTable('statelite', [
        { node: 'cn01', statemnt: `10.77.0.1:${ready.state.path}/missing` },
      ]);
      const node = await ready.boot('shell');
      try {
        await node.sees('ERR_STATELITE_STATEMNT: cannot mount 10.77.0.1:', { within: '40s' });
        await node.sees('hint: is the statemnt of cn01 right');
        await node.atShell('statelite# ');
        expect(await node.run('grep -c /newroot/var/lib/systemd /proc/mounts || true')).toBe('0\n');
      } finally {
        await node.kill();
      }
    },
  );
});
