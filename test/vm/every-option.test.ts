import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { decodeReport } from '../../mgmt/daemon/decode-report.ts';
import { everyOption, makeDisk, setEveryOption } from '../../vm/every-option.ts';
import type { Node } from '../../vm/node.ts';
import { story } from './fixtures.ts';

/** One node, booted by its firmware, with a table that has every option; the tests follow its life. */
const test = story.extend('life', { scope: 'file' }, async ({ site }) => {
  const { cluster, image } = site;
  await cluster.addNode('cn01', { mac: '52:54:00:77:00:01', ip: '10.77.0.11' });
  const shares = await setEveryOption(cluster, ['cn01']);
  await cluster.management.run('liteimg', image.osimage);
  const disk = join(cluster.rack.directory, 'cn01.disk');
  await makeDisk(disk);
  const append = 'statelite.localdisk=/dev/vda';
  const node = await cluster.boot('cn01', { osimage: image.osimage, append, disk });
  await node.sees('switch_root to', { within: '30s' });
  await node.login({ within: '40s' });
  // A new QEMU: in one that was reset the emulator is several times slower.
  const bootAgain = async () => {
    await node.powerOff({ within: '30s' });
    return cluster.bootInstalled('cn01', { disk });
  };
  return { node, bootAgain, shares, site };
});

describe('a node with every option', () => {
  test('boots by PXE, iPXE and HTTP and reaches multi-user with nothing failed', async ({
    life,
  }) => {
    const { output } = await life.node.tryRun('systemctl is-system-running --wait', {
      within: '30s',
    });
    expect(output).toBe('running\n');
  });

  test('shows every entry from its right source', async ({ life }) => {
    for (const { file, options, look, shows } of everyOption) {
      expect(await life.node.run(look), `${file} (${options})`).toBe(shows);
    }
  });

  test('refuses to write to a path that is not listed', async ({ life }) => {
    const { status, output } = await life.node.tryRun('echo x > /etc/unlisted 2>&1');
    expect(status).not.toBe(0);
    expect(output).toContain('Read-only file system');
  });

  test('sees a change in a tree at once where the option is ro, and not where it is tmpfs', async ({
    life,
  }) => {
    await writeFile(join(life.shares.common, 'opt/site/version'), 'common 2\n');
    await writeFile(join(life.shares.nodes, 'cn01/etc/motd'), 'new motd\n');
    expect(await eventually(life.node, 'cat /opt/site/version', 'common 2\n')).toBe('common 2\n');
    expect(await life.node.run('cat /etc/motd')).toBe('node cn01\n');
  });

  test('says in its boot report what it did, and that it started nothing but udhcpc', async ({
    life,
  }) => {
    const report = await lastReport(life.site.cluster.management.state, 'cn01');
    expect(report.outcome).toBe('ok');
    expect(report.warnings).toEqual([]);
    expect(report.spawned.map((argv) => argv.split(' ').slice(0, 2).join(' '))).toEqual([
      '/bin/busybox udhcpc',
    ]);
    expect(report.phases.map(({ name }) => name)).toEqual([
      'modules',
      'network',
      'root',
      'query',
      'image',
      'stores',
      'entries',
    ]);
  });

  test('keeps persistent and localdisk content over a reboot and forgets tmpfs content', async ({
    life,
  }) => {
    const { node } = life;
    await node.run(
      'for f in /root/note /var/lib/data/note /etc/app/state/note /srv/scratch/note; do echo kept > $f; done; ' +
        'for f in /tmp/note /var/log/note /etc/app/note; do echo lost > $f; done; ' +
        'echo edited > /etc/site.key; echo edited > /etc/motd; sync',
    );
    const again = await life.bootAgain();
    await again.login({ within: '60s' });
    expect(
      await again.run(
        'cat /root/note /var/lib/data/note /etc/app/state/note /srv/scratch/note /etc/site.key',
      ),
    ).toBe('kept\nkept\nkept\nkept\nedited\n');
    expect(
      await again.run('ls /tmp/note /var/log/note /etc/app/note 2>&1 | grep -c "No such"'),
    ).toBe('3\n');
    expect(await again.run('cat /etc/motd')).toBe('new motd\n');
  });

  test('has its data on the server, below its own name', async ({ life }) => {
    const { state } = life.shares;
    expect(await readdir(state)).toEqual(['cn01']);
    expect(await readFile(join(state, 'cn01/var/lib/data/note'), 'utf8')).toBe('kept\n');
    expect((await stat(join(state, 'cn01/.statelite.filled'))).isFile()).toBe(true);
  });
});

/** NFS clients look at most every few seconds whether a file changed. */
async function eventually(node: Node, command: string, wanted: string): Promise<string> {
  let output = '';
  for (let tries = 0; tries < 20 && output !== wanted; tries += 1) {
    output = await node.run(`${command}; sleep 1`);
  }
  return output;
}

async function lastReport(state: string, node: string) {
  const directory = join(state, 'reports', node);
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).toSorted();
  return decodeReport(JSON.parse(await readFile(join(directory, names.at(-1) ?? ''), 'utf8')));
}
