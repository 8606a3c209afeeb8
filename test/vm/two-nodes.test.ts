import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { story } from './fixtures.ts';

describe('two nodes with rows for $node', () => {
  story('get different content of one table at the same time', async ({ site }) => {
    const { cluster, image } = site;
    const trees = await cluster.share('trees');
    for (const node of ['cn01', 'cn02']) {
      await mkdir(join(trees.path, node, 'etc'), { recursive: true });
      await writeFile(join(trees.path, node, 'etc/motd'), `this is ${node}\n`);
    }
    await cluster.addNode('cn01', { mac: '52:54:00:77:00:01', ip: '10.77.0.11' });
    await cluster.addNode('cn02', { mac: '52:54:00:77:00:02', ip: '10.77.0.12' });
    await cluster.setTable('litefile', [{ image: 'ALL', file: '/etc/motd', options: 'tmpfs' }]);
    await cluster.setTable('litetree', [
      { priority: '1', image: 'ALL', directory: `${trees.location}/$node` },
    ]);
    await cluster.management.run('liteimg', image.osimage);

    const boot = { osimage: image.osimage, append: 'init=/bin/sh' };
    const nodes = await Promise.all(
      ['cn01', 'cn02'].map((name) => cluster.bootInstalled(name, boot)),
    );
    for (const node of nodes) {
      await node.sees('switch_root to', { within: '30s' });
      await node.atShell('# ');
    }

    expect(await Promise.all(nodes.map((node) => node.run('cat /etc/motd')))).toEqual([
      'this is cn01\n',
      'this is cn02\n',
    ]);
  });
});
