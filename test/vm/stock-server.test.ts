import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { parseStockReply, stockInfo, stockLitefileRows } from '../../agent/protocol/stock-xml.ts';
import { startService } from '../../vm/services.ts';
import { story } from './fixtures.ts';

const recorded = (name: string) =>
  readFile(join(import.meta.dirname, '../fixtures/xcatd', `${name}.rsp`), 'utf8');
const replay = join(import.meta.dirname, '../helpers/stock-replay.ts');

async function plant(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

describe('a server that only says what stock xCAT was recorded to say', () => {
  story('boots our agent: its lists, its trees, its status', async ({ site }) => {
    const { cluster, image } = site;
    const { management, rack } = cluster;
    const { lab, directory, logs } = rack;
    const ofNode = await cluster.share('lite/node/n1');
    const ofProfile = await cluster.share('lite/profile/rhcompute/Linux');
    const common = await cluster.share('lite/common');
    const state = await cluster.share('lite/state');
    await plant(join(ofNode.path, 'etc/adjtime'), 'adjtime of n1\n');
    await plant(join(ofProfile.path, 'etc/ntp.conf'), 'ntp of rhcompute\n');
    await plant(join(common.path, 'etc/ntp.conf'), 'ntp of all\n');
    await plant(join(common.path, 'etc/everywhere.conf'), 'everywhere\n');
    // The tree without a server is a directory of the image.
    await plant(join(image.root, 'local/only/etc/inittab'), 'inittab of the image\n');

    // The image is prepared for the rows that the server is going to tell, the shares are exported.
    const litefile = await recorded('node-litefile');
    const rows = stockLitefileRows(stockInfo(parseStockReply(litefile)));
    await cluster.setTable(
      'litefile',
      rows.map(({ file, options }) => ({ image: 'ALL', file, options })),
    );
    const trees = [ofNode, ofProfile, common].map(({ location }, index) => ({
      priority: `${index + 1}`,
      image: 'ALL',
      directory: location,
    }));
    await cluster.setTable('litetree', trees);
    await cluster.setTable('statelite', [{ node: 'n1', statemnt: state.location }]);
    await management.run('liteimg', image.osimage);
    await cluster.addNode('n1', { mac: '52:54:00:77:00:01', ip: '10.77.0.11' });

    await management.daemon.kill();
    const shares = `${lab.address}:${directory}/shares/lite`;
    const litetree = (await recorded('node-litetree')).replaceAll('10.99.0.1:/lite', shares);
    const replies = join(directory, 'replies');
    await plant(join(replies, 'litefile'), litefile);
    await plant(join(replies, 'litetree'), litetree);
    const pair = ['server-cert.pem', 'server-key.pem'].map((file) => join(management.etc, file));
    const server = await startService(lab, logs, {
      name: 'stock',
      argv: [process.execPath, replay, lab.address, ...pair, replies],
      ready: { line: /^ready$/m },
    });

    const boot = { osimage: image.osimage, append: 'init=/bin/sh' };
    const node = await cluster.bootInstalled('n1', boot);
    await node.sees('switch_root to', { within: '60s' });
    await node.atShell('# ');
    const files = '/etc/adjtime /etc/ntp.conf /etc/everywhere.conf /etc/inittab';
    expect(await node.run(`cat ${files}`)).toBe(
      'adjtime of n1\nntp of rhcompute\neverywhere\ninittab of the image\n',
    );
    expect(await node.run('touch /var/log/x /tmp/x /etc/ssh/x && echo ok')).toBe('ok\n');

    const said = await readFile(server.log, 'utf8');
    expect(said).toMatch(/^asked litefile\nasked litetree$/m);
    expect(said).toMatch(/^status installstatus netbooting$/m);
  });
});
