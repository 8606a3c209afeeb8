import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { readReport } from '../../scripts/demo-report.ts';
import { exec } from '../../vm/exec.ts';
import type { Node } from '../../vm/node.ts';
import { story as base } from '../vm/fixtures.ts';

/** A node with a tmpfs entry out of a tree and a persistent directory, both over NFS. */
const story = base.extend('ready', { scope: 'file' }, async ({ site }) => {
  const { cluster, image } = site;
  const { management } = cluster;
  const trees = await cluster.share('trees');
  await mkdir(join(trees.path, 'etc'));
  await writeFile(join(trees.path, 'etc/motd'), 'out of the tree\n');
  const state = await cluster.share('state');
  await cluster.addNode('cn01', { mac: '52:54:00:77:00:01', ip: '10.77.0.11' });
  await cluster.setTable('litefile', [
    { image: 'ALL', file: '/etc/motd', options: 'tmpfs' },
    { image: 'ALL', file: '/var/lib/systemd/', options: 'tmpfs' },
    { image: 'ALL', file: '/var/log/', options: 'tmpfs' },
    { image: 'ALL', file: '/root/', options: 'persistent' },
  ]);
  await cluster.setTable('litetree', [{ priority: '1', image: 'ALL', directory: trees.location }]);
  await cluster.setTable('statelite', [{ node: 'cn01', statemnt: state.location }]);
  await management.run('liteimg', image.osimage);
  await writeFile(join(image.root, '.statelite/generation'), '7\n');

  /** Boots to a login for as long as `look` looks; the node is gone then. */
  const boot = async (append: string, look: (node: Node) => Promise<void>): Promise<void> => {
    const words = `statelite.deadline=900 ${patient} ${append}`.trim();
    const hardware = { memory: 1536 };
    const node = await cluster.bootInstalled('cn01', {
      osimage: image.osimage,
      append: words,
      ...hardware,
    });
    try {
      await node.login({ within: '200s' });
      await look(node);
    } finally {
      await node.kill();
    }
  };
  /** Packs the image for the memory of its nodes. */
  const pack = async (method: 'cpio' | 'squashfs') => {
    await management.run('chdef', '-t', 'osimage', image.osimage, 'rootfstype=ramdisk');
    await management.run('liteimg', image.osimage, '-m', method);
  };
  return { cluster, management, image, boot, pack, state };
});

/** An emulated node on a busy machine finds its console late. */
const patient = 'systemd.default_timeout_start_sec=900 systemd.default_device_timeout_sec=900';

/** What a boot took: seconds since the kernel started, MiB in use. */
async function measure(node: Node, name: string, state: string): Promise<void> {
  await node.tryRun('systemctl is-system-running --wait', { within: '120s' });
  const entered = await node.run(
    'echo "entered $(systemctl show --value -p ActiveEnterTimestampMonotonic multi-user.target)."',
  );
  const meminfo = await node.run('grep -E "^Mem(Total|Available)" /proc/meminfo');
  const [total = 0, available = 0] = [...meminfo.matchAll(/(\d+) kB/gu)].map(([, kB]) =>
    Math.round(Number(kB) / 1024),
  );
  const { memoryUsed, phases } = await readReport(join(state, 'reports/cn01'));
  const told = phases.map(({ name: phase, took }) => `${phase} ${(took / 1000).toFixed(1)} s`);
  // The kernel's words may be between.
  const microseconds = Number(/entered (\d+)\./u.exec(entered)?.[1]);
  process.stderr.write(
    `${name}: multi-user after ${(microseconds / 1e6).toFixed(1)} s, ` +
      `${Math.round(memoryUsed / 2 ** 20)} MiB in use at switch_root, ${total - available} MiB at multi-user; ` +
      `${told.join(', ')}\n`,
  );
}

/** What statelite promises of every root, wherever it is. */
async function expectStatelite(node: Node): Promise<void> {
  expect(await node.run('cat /etc/motd')).toBe('out of the tree\n');
  expect(await node.run('findmnt -no FSTYPE /.statelite/persistent')).toMatch(/^nfs/u);
  expect(await node.run('echo kept > /root/kept && cat /root/kept')).toBe('kept\n');
  expect(await node.run('systemctl is-active multi-user.target')).toBe('active\n');
}

/** Without KVM, on a machine with other work. */
const slow = { timeout: 1_800_000 };

describe('the root in memory', () => {
  story('is a cpio archive: a writable tmpfs without NFS', slow, async ({ ready }) => {
    await ready.pack('cpio');
    await ready.boot('rootlimit=70%', async (node) => {
      await measure(node, 'cpio.gz', ready.management.state);
      await expectStatelite(node);
      expect(await node.run('findmnt -no SOURCE,FSTYPE /')).toMatch(/^rootfs +tmpfs\n$/u);
      // node QUIRK-38: stock makes it read-only by the fstab of the image.
      expect(await node.run('echo volatile > /usr/unlisted && cat /usr/unlisted')).toBe(
        'volatile\n',
      );
      const report = await readReport(join(ready.management.state, 'reports/cn01'));
      expect(report.outcome).toBe('ok');
      expect(report.generation).toBe(7);
      expect(report.phases.map(({ name: phase }) => phase).slice(0, 4)).toEqual([
        'modules',
        'network',
        'download',
        'root',
      ]);
      const { bytes } = report.phases.find(({ name: phase }) => phase === 'download') ?? {};
      const packed = await readFile(join(dirname(ready.image.root), 'rootimg-statelite.gz'));
      expect(bytes).toBe(packed.length);
    });
  });

  story('is a squashfs, which stays packed and is read-only', slow, async ({ ready }) => {
    await ready.pack('squashfs');
    await ready.boot('', async (node) => {
      await measure(node, 'squashfs', ready.management.state);
      await expectStatelite(node);
      expect(await node.run('findmnt -no FSTYPE /')).toBe('squashfs\n');
      expect((await node.tryRun('touch /usr/unlisted')).output).toContain('Read-only file system');
      const report = await readReport(join(ready.management.state, 'reports/cn01'));
      expect([report.outcome, report.generation]).toEqual(['ok', 7]);
    });
  });

  story('that another machine asks for is not there', async ({ ready }) => {
    const { cluster, image } = ready;
    const path = join(dirname(image.root), 'rootimg-statelite.sfs');
    const url = `http://${cluster.rack.lab.address}/${path}`;
    const status = ['curl', '-so', '/dev/null', '-w', '%{http_code}', url];
    expect(await cluster.rack.lab.enter(status)).toBe('404');
  });

  story('that was not packed is refused by nodeset, which names liteimg', async ({ ready }) => {
    const { management, image } = ready;
    await exec(['sh', '-c', `rm ${dirname(image.root)}/rootimg-statelite.*`]);
    await expect(management.run('nodeset', 'cn01', `osimage=${image.osimage}`)).rejects.toThrow(
      'run "liteimg" to create it',
    );
  });

  story('over NFS is what the others are compared with', slow, async ({ ready }) => {
    const { management, image } = ready;
    await management.run('chdef', '-t', 'osimage', image.osimage, 'rootfstype=nfs');
    await ready.boot('', async (node) => {
      await measure(node, 'NFS', ready.management.state);
      await expectStatelite(node);
    });
  });
});
