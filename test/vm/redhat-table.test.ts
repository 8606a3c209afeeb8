import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { readReport, renderReport } from '../../scripts/demo-report.ts';
import { story } from './fixtures.ts';

const table = join(import.meta.dirname, '../fixtures/redhat-litefile.csv');

describe('the RedHat sample table of 42 rows', () => {
  story(
    'prepares and boots a Debian image to multi-user, touching nothing outside of it',
    async ({ site }) => {
      const { cluster, image } = site;
      const { management, rack } = cluster;
      const csv = join(rack.directory, 'litefile.csv');
      await copyFile(table, csv);
      await management.run('tabrestore', csv);
      expect(JSON.parse(await management.run('tabdump', 'litefile', '--json'))).toHaveLength(42);

      // The image has /var/run -> /run: the management node's own /run must stay as it is.
      const everythingInRun = () => rack.lab.enter(['find', '/run', '-printf', '%p %s %m %l\\n']);
      const before = await everythingInRun();
      await management.run('liteimg', image.osimage);
      expect(await everythingInRun()).toBe(before);
      expect(await rack.lab.enter(['readlink', join(image.root, 'var/run')])).toMatch(/run\n$/);

      await cluster.addNode('cn01', { mac: '52:54:00:77:00:01', ip: '10.77.0.11' });
      const node = await cluster.bootInstalled('cn01', { osimage: image.osimage });
      await node.login({ within: '80s' });
      // The table is older than systemd-logind, which wants to write to /var/lib/systemd.
      await node.tryRun('systemctl is-system-running --wait', { within: '40s' });
      expect(await node.run('systemctl is-active multi-user.target')).toBe('active\n');

      const report = await readReport(join(management.state, 'reports/cn01'));
      process.stderr.write(`${renderReport(report).join('\n')}\n`);
      expect(report.outcome).toBe('ok');
      expect(report.spawned).toHaveLength(1);
      expect(report.spawned[0]).toMatch(/^\/bin\/busybox udhcpc /);
      // /etc/mtab is a link to /proc, /var/run and /var/lock lead to /run: these three need nothing.
      expect(report.entries).toEqual({ link: 39 });
      expect(await node.run('touch /var/log/x /tmp/x /etc/ssh/x /xcatpost/x && echo ok')).toBe(
        'ok\n',
      );
    },
  );
});
