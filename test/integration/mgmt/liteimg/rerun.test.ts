import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCsv } from '../../../../mgmt/db/csv.ts';
import { litefile } from '../../../../mgmt/db/statelite-tables.ts';
import { row } from '../../../helpers/rows.ts';
import type { Planted } from '../../../helpers/tree.ts';
import { type Table, workshop } from './workshop.ts';

const image: Readonly<Record<string, Planted>> = {
  'etc/motd': { text: 'hello\n', mode: 0o640, uid: 3 },
  'etc/app': { dir: 0o2750, uid: 5 },
  'etc/app/conf': 'a=1\n',
  'etc/localtime': { link: '/usr/share/zone' },
  'usr/share/zone': 'UTC',
  'var/log/app/old': 'x',
  'var/spool': { link: 'mail' },
  'var/mail': { dir: 0o2775 },
};

const table: Table = {
  '/etc/motd': 'link',
  '/etc/app/': 'link',
  '/etc/app/conf': 'link,persistent',
  '/etc/app/new/': 'link',
  '/etc/localtime': 'link,ro',
  '/etc/missing/below/file': 'con',
  '/var/log/': 'tmpfs',
  '/var/log/app/': 'persistent',
  '/var/spool': 'persistent',
  '/var/mail': 'ro',
  '/opt/': 'localdisk',
};

describe('running liteimg again (semantics 4.4)', () => {
  test('changes nothing: no time, no inode', async () => {
    await using shop = await workshop(image);
    await shop.run(table);
    const prepared = shop.list('everything');
    await shop.run(table);
    expect(shop.list('everything')).toEqual(prepared);
  });

  test('tells the same notes and entries', async () => {
    await using shop = await workshop(image);
    const { notes, entries } = await shop.run(table);
    expect(await shop.run(table)).toEqual({ notes, entries, changes: [] });
  });

  test.for([['tmpfs'], ['ro'], ['persistent']])(
    'the mirror of a %s directory follows the image: new and changed names come, vanished ones go',
    async ([option = '']) => {
      await using shop = await workshop({ 'srv/old': '1', 'srv/same': '2' });
      await shop.run({ '/srv/': option });
      shop.remove('/srv/old');
      shop.plant({ 'srv/new': '3', 'srv/same': 'longer' });
      await shop.run({ '/srv/': option });
      expect(shop.look('/.default/srv/old')).toBeUndefined();
      expect(shop.look('/.default/srv/new')).toBe('file 644 "3"');
      expect(shop.look('/.default/srv/same')).toBe('file 644 "longer"');
    },
  );

  test('what is written through a planted link is in the original', async () => {
    await using shop = await workshop({ 'srv/conf': 'old' });
    await shop.run({ '/srv/conf': 'link' });
    shop.plant({ 'srv/conf': 'edited' });
    await shop.run({ '/srv/conf': 'link' });
    expect(shop.look('/srv/conf')).toBe('-> ../.statelite/tmpfs/srv/conf');
    expect(shop.look('/.default/srv/conf')).toBe('file 644 "edited"');
  });
});

describe('objects that a package manager put over planted links (semantics 4.2)', () => {
  test('a file replaces the original', async () => {
    await using shop = await workshop({ 'srv/conf': 'old' });
    await shop.run({ '/srv/conf': 'link' });
    shop.remove('/srv/conf');
    shop.plant({ 'srv/conf': { text: 'newer', mode: 0o600 } });
    await shop.run({ '/srv/conf': 'link' });
    expect(shop.look('/srv/conf')).toBe('-> ../.statelite/tmpfs/srv/conf');
    expect(shop.look('/.default/srv/conf')).toBe('file 600 "newer"');
  });

  test('a directory is laid over the original, name by name and at every depth', async () => {
    await using shop = await workshop({
      'srv/data/old': 'old',
      'srv/data/both': 'old',
      'srv/data/sub/old': 'old',
    });
    await shop.run({ '/srv/data/': 'link' });
    shop.remove('/srv/data');
    shop.plant({ 'srv/data/both': 'new', 'srv/data/new': 'new', 'srv/data/sub/new': 'new' });
    await shop.run({ '/srv/data/': 'link' });
    expect(shop.look('/srv/data')).toBe('-> ../.statelite/tmpfs/srv/data');
    const looks = ['old', 'both', 'new', 'sub/old', 'sub/new'].map((name) =>
      shop.look(`/.default/srv/data/${name}`),
    );
    expect(looks).toEqual(['old', 'new', 'new', 'old', 'new'].map((text) => `file 644 "${text}"`));
  });
});

/** As Debian has it: its own /var/run, /var/lock and /etc/mtab. */
const debian: Readonly<Record<string, Planted>> = {
  'etc/adjtime': '0.0 0 0.0\n',
  'etc/fstab': '# empty\n',
  'etc/mtab': { link: '../proc/self/mounts' },
  'etc/resolv.conf': { link: '../run/systemd/resolve/stub-resolv.conf' },
  'etc/ssh/sshd_config': 'UsePAM yes\n',
  'run/lock': { dir: 0o1777 },
  'var/run': { link: '/run' },
  'var/lock': { link: '/run/lock' },
  'var/log/wtmp': { text: '', mode: 0o664, gid: 43 },
  'var/cache/man': { dir: 0o755, uid: 6, gid: 12 },
  'var/lib/dhcp/dhclient.leases': '',
  'var/tmp': { dir: 0o1777 },
  tmp: { dir: 0o1777 },
};

async function sampleRows() {
  const file = join(import.meta.dirname, '../../../fixtures/redhat-litefile.csv');
  return parseCsv(await readFile(file, 'utf8'), litefile, file).map(({ values }) =>
    row(values['file'] ?? '', values['options'] ?? ''),
  );
}

describe('the sample table of 42 rows on a Debian image', () => {
  test('leaves what leads to /run alone and says so (semantics 1.5)', async () => {
    await using shop = await workshop(debian);
    const rows = await sampleRows();
    const { entries, notes } = await shop.runRows(rows);
    expect(rows).toHaveLength(42);
    expect(entries.leftAlone.map(({ written }) => written).toSorted()).toEqual([
      '/etc/resolv.conf',
      '/var/lock/',
      '/var/run/',
    ]);
    expect(notes).toHaveLength(3);
    expect(shop.look('/var/run')).toBe('-> /run');
    expect(shop.look('/var/lock')).toBe('-> /run/lock');
    expect(shop.look('/etc/resolv.conf')).toBe('-> ../run/systemd/resolve/stub-resolv.conf');
    expect(shop.look('/etc/mtab')).toBe('-> ../proc/self/mounts');
  });

  test('plants a link for each of the other rows but /etc/mtab (semantics 4.1)', async () => {
    await using shop = await workshop(debian);
    const { entries } = await shop.runRows(await sampleRows());
    const planted = [...entries.entries.keys()].filter((path) =>
      shop.look(path)?.endsWith(`.statelite/tmpfs${path}`),
    );
    expect(planted).toHaveLength(38);
    expect(shop.look('/.default/tmp')).toBe('dir 1777');
    expect(shop.look('/.default/var/cache/man')).toBe('dir 755 6:12');
    expect(shop.look('/.default/var/log/wtmp')).toBe('file 664 0:43 ""');
  });

  test('changes nothing at the second run, and an empty table gives the image back', async () => {
    await using shop = await workshop(debian);
    await shop.run({});
    const before = shop.list();
    const rows = await sampleRows();
    await shop.runRows(rows);
    const prepared = shop.list('everything');
    await shop.runRows(rows);
    expect(shop.list('everything')).toEqual(prepared);
    await shop.run({});
    expect(shop.list()).toEqual(before);
  });
});
