import { describe, expect, test } from 'vitest';
import type { Planted } from '../../../helpers/tree.ts';
import { failure, row } from '../../../helpers/rows.ts';
import { type Table, workshop } from './workshop.ts';

const image: Readonly<Record<string, Planted>> = {
  'srv/app/conf': { text: 'x', mode: 0o640 },
  'srv/app/sub': { dir: 0o2755 },
  'srv/alias': { link: 'app' },
  'srv/loop': { link: 'loop' },
  'var/run': { link: '/run' },
  'srv/inside': { link: '/.statelite/x' },
  run: { dir: 0o755 },
};

/** As the table in semantics 3.4 has it. */
const all = 'tmpfs link persistent link,persistent localdisk ro link,ro con link,con'.split(' ');
const children: Readonly<Record<string, readonly string[]>> = {
  tmpfs: all.filter((option) => option.startsWith('link')),
  localdisk: all.filter((option) => option.startsWith('link')),
  persistent: all.filter((option) => option !== 'persistent'),
  link: all.filter((option) => !option.startsWith('link')),
  'link,persistent': all.filter((option) => option !== 'link,persistent'),
  ro: all,
  con: all,
  'link,ro': all,
  'link,con': all,
};

const pairs = Object.entries(children).flatMap(([parent, refused]) =>
  refused.map((child) => ({ parent, child })),
);

const others: readonly {
  readonly what: string;
  readonly table: Table;
  readonly code: 'ERR_STATELITE_ROW' | 'ERR_STATELITE_TABLE' | 'ERR_STATELITE_PATH';
  readonly named: readonly string[];
}[] = [
  {
    what: 'a slash behind a file (1.3)',
    table: { '/srv/app/conf/': 'tmpfs' },
    code: 'ERR_STATELITE_TABLE',
    named: ['/srv/app/conf/'],
  },
  {
    what: 'a con directory of the image (1.4)',
    table: { '/srv/app/sub': 'con' },
    code: 'ERR_STATELITE_ROW',
    named: ['/srv/app/sub'],
  },
  {
    what: 'a con directory with a slash (1.4)',
    table: { '/srv/missing/': 'link,con' },
    code: 'ERR_STATELITE_ROW',
    named: ['/srv/missing/'],
  },
  {
    what: 'an unknown option (1.4)',
    table: { '/srv/app/conf': 'permanent' },
    code: 'ERR_STATELITE_ROW',
    named: ['/srv/app/conf', 'permanent'],
  },
  {
    what: 'one place listed by two names with other options (1.5)',
    table: { '/srv/app/conf': 'tmpfs', '/srv/alias/conf': 'ro' },
    code: 'ERR_STATELITE_TABLE',
    named: ['/srv/app/conf', '/srv/alias/conf', 'tmpfs', 'ro'],
  },
  {
    what: 'persistent data in /run (1.5)',
    table: { '/var/run/': 'persistent' },
    code: 'ERR_STATELITE_TABLE',
    named: ['/var/run/', '/run'],
  },
  {
    what: 'a path that leads into what is reserved (1.5)',
    table: { '/srv/inside/below': 'tmpfs' },
    code: 'ERR_STATELITE_PATH',
    named: ['/srv/inside/below', '/.statelite'],
  },
  {
    what: 'a loop above a path (1.5)',
    table: { '/srv/loop/below': 'tmpfs' },
    code: 'ERR_STATELITE_PATH',
    named: ['/srv/loop/below'],
  },
  {
    what: 'a file above a path (1.5)',
    table: { '/srv/app/conf/below': 'tmpfs' },
    code: 'ERR_STATELITE_PATH',
    named: ['/srv/app/conf/below'],
  },
];

describe('refused tables change nothing (semantics 4.4)', () => {
  test.for(pairs)(
    'a $child entry below a $parent directory is refused, naming both (semantics 3.4)',
    async ({ parent, child }) => {
      await using shop = await workshop(image);
      const before = shop.list('everything');
      await expect(
        shop.run({ '/etc/first': 'link', '/srv/app': parent, '/srv/app/conf': child }),
      ).rejects.toThrow(
        failure('ERR_STATELITE_TABLE', `"/srv/app/conf" (${child})`, `"/srv/app" (${parent})`),
      );
      expect(shop.list('everything')).toEqual(before);
    },
  );

  test.for(others)('$what is refused', async ({ table, code, named }) => {
    await using shop = await workshop(image);
    const before = shop.list('everything');
    await expect(shop.run({ '/etc/first': 'link', ...table })).rejects.toThrow(
      failure(code, ...named),
    );
    expect(shop.list('everything')).toEqual(before);
  });

  test.for(others)('$what is refused on a prepared image, too', async ({ table, code, named }) => {
    await using shop = await workshop(image);
    await shop.run({ '/etc/first': 'link', '/srv/alias': 'tmpfs' });
    await shop.run({ '/etc/first': 'link' });
    const before = shop.list('everything');
    await expect(shop.run(table)).rejects.toThrow(failure(code, ...named));
    expect(shop.list('everything')).toEqual(before);
  });

  test('two equally specific rows with other options are refused (semantics 1.1)', async () => {
    await using shop = await workshop(image);
    const before = shop.list('everything');
    await expect(
      shop.runRows([row('/srv/app/conf', 'tmpfs'), row('/srv//app/conf', 'ro')]),
    ).rejects.toThrow(failure('ERR_STATELITE_TABLE', '/srv/app/conf', 'tmpfs', 'ro'));
    expect(shop.list('everything')).toEqual(before);
  });
});

describe('a damaged litefile.save', () => {
  test.for([
    'nonsense\n',
    'compute: tmpfs         /etc/../../outside/victim\n',
    'compute: tmpfs         /\n',
    'compute: link          /.default/etc\n',
    'compute: tmpfs         /etc/a\0b\n',
    'compute: permanent     /etc/motd\n',
    '# made //etc/x\n',
    '# made /.statelite/tmpfs/\n',
  ])('is refused, nothing changes: %j', async (text) => {
    await using shop = await workshop({ ...image, '.statelite/litefile.save': text });
    const before = shop.list('everything');
    await expect(shop.run({})).rejects.toThrow(
      failure('ERR_STATELITE_IMAGE', '/.statelite/litefile.save'),
    );
    expect(shop.list('everything')).toEqual(before);
  });
});
