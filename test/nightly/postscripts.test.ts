import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Node } from '../../vm/node.ts';
import { story, type Site } from '../vm/fixtures.ts';

/** What the scripts and sshd of a node write. */
const litefile = [
  '/var/log/',
  '/var/lib/systemd/',
  '/etc/ssh/',
  '/root/.ssh/',
  '/tmp/',
  '/var/tmp/',
].map((file) => ({
  image: 'ALL',
  file,
  options: 'tmpfs',
}));

/** On a busy machine without KVM, the serial line takes its time. */
const append = 'systemd.default_device_timeout_sec=900';

async function script({ cluster }: Site, name: string, body: string): Promise<void> {
  const path = join(cluster.management.installdir, 'postscripts', name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
}

async function statusOf({ cluster }: Site, node: string): Promise<string> {
  const rows = await cluster.management.run('nodels', node, 'nodelist.status');
  return rows.trim().replace(/^.*: /u, '');
}

/** The guests' time is longer than ours where there is no KVM. */
async function reaches(site: Site, node: Node, status: string): Promise<void> {
  const timeout = node.machine.patience('60s');
  await expect.poll(() => statusOf(site, node.name), { timeout, interval: 500 }).toBe(status);
}

async function appStatusOf({ cluster }: Site, node: string): Promise<string> {
  const rows = await cluster.management.run('nodels', node, 'nodelist.appstatus');
  return rows.trim().replace(/^.*: /u, '');
}

/** Every word of nodelist.status in the order the daemon was told. */
async function statuses({ cluster }: Site, node: string): Promise<string[]> {
  const log = await readFile(cluster.management.daemon.log, 'utf8');
  const told = log.matchAll(new RegExp(`${node}: status ([a-z-]+)`, 'gu'));
  return [...told].map(([, word = '']) => word);
}

describe('a node with postscripts', () => {
  story(
    'runs them with their environment and has booted, says so, and goes down in time',
    async ({ site }) => {
      const { cluster, image } = site;
      await cluster.addNode('cn01', { mac: '52:54:00:77:00:01', ip: '10.77.0.11' });
      await cluster.setTable('litefile', litefile);
      await cluster.setTable('postscripts', [
        {
          node: 'xcatdefaults',
          postscripts: 'syslog,remoteshell,syncfiles',
          postbootscripts: 'otherpkgs',
        },
        { node: 'cn01', postscripts: 'site/mark "two words" $NODE' },
      ]);
      await script(site, '_ssh/authorized_keys', 'ssh-ed25519 AAAAC3Nza root@mn');
      await script(
        site,
        'site/mark',
        'echo "$1, $2, $PROVMETHOD, $MASTER, $NODESETSTATE" > /tmp/marked',
      );
      await cluster.management.run('liteimg', image.osimage);

      const node = await cluster.bootInstalled('cn01', { osimage: image.osimage, append });
      await node.sees(/login: ?/, { within: '60s' });
      await reaches(site, node, 'booted');

      expect(await appStatusOf(site, 'cn01')).toBe('postscripts=ok');
      expect(await node.run('cat /tmp/marked')).toBe(
        `two words, cn01, ${image.osimage}, ${cluster.rack.lab.address}, statelite\n`,
      );
      expect(await node.run('cat /var/log/xcat/xcat.log')).toContain('every postscript is done');
      expect(await node.run('stat -c %a:%U /etc/ssh/ssh_host_ed25519_key')).toBe('600:root\n');
      expect(await node.run('systemctl is-active statelite-node.service')).toBe('active\n');

      const begin = performance.now();
      await node.powerOff({ within: '30s' });
      process.stderr.write(`powered off in ${((performance.now() - begin) / 1000).toFixed(1)} s\n`);
      expect(await statuses(site, 'cn01')).toEqual([
        'netbooting',
        'postbooting',
        'booted',
        'powering-off',
      ]);
    },
  );

  story(
    'has the same host key at its next boot, and has failed when one of them fails',
    async ({ site }) => {
      const { cluster, image } = site;
      await cluster.management.run('nodech', 'cn01', 'postscripts.postscripts=site/broken');
      await script(site, 'site/broken', 'echo "no disk here" >&2; exit 7');

      const node = await cluster.bootInstalled('cn01', { osimage: image.osimage, append });
      await node.sees(/login: ?/, { within: '60s' });
      await reaches(site, node, 'failed');

      expect(await appStatusOf(site, 'cn01')).toBe('postscripts=failed:site/broken:7');
      expect(await node.run('journalctl -u statelite-node -o cat --no-pager')).toContain(
        'no disk here',
      );
      const kept = join(cluster.management.state, 'hostkeys/cn01/ssh_host_ed25519_key.pub');
      expect(await node.run('cat /etc/ssh/ssh_host_ed25519_key.pub')).toBe(
        await readFile(kept, 'utf8'),
      );

      await cluster.management.run('nodech', 'cn01', 'postscripts.postscripts=site/mark again');
      await node.run('systemctl restart statelite-node', { within: '30s' });
      expect(await statusOf(site, 'cn01')).toBe('booted');
      await node.powerOff({ within: '30s' });
      expect(await statusOf(site, 'cn01')).toBe('powering-off');
    },
  );
});
