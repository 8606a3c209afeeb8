import { describe, expect, test } from 'vitest';
import type { Planted } from '../../../helpers/tree.ts';
import { type Table, workshop } from './workshop.ts';

const path = '/srv/app/conf';

const options = ['link', 'link,persistent', 'link,ro', 'tmpfs', 'persistent', 'localdisk', 'ro'];

const images: readonly {
  readonly what: string;
  readonly slash: string;
  readonly image: Readonly<Record<string, Planted>>;
}[] = [
  { what: 'a file', slash: '', image: { [path]: { text: 'x', mode: 0o600, uid: 4 } } },
  {
    what: 'a directory',
    slash: '/',
    image: { [path]: { dir: 0o1770, gid: 8 }, [`${path}/in/it`]: 'x' },
  },
  { what: 'a missing file', slash: '', image: { srv: { dir: 0o700 } } },
  { what: 'a missing directory', slash: '/', image: {} },
];

const removals = images.flatMap((image) => options.map((option) => ({ ...image, option })));

const changes = removals.flatMap((from) =>
  options.filter((to) => to !== from.option).map((to) => ({ ...from, to })),
);

/** What a run with this table makes of an image that liteimg has not seen. */
async function fresh(image: Readonly<Record<string, Planted>>, table: Table) {
  await using shop = await workshop(image);
  await shop.run(table);
  return shop.list();
}

describe('rows that are gone (semantics 4.4)', () => {
  test.for(removals)('$what that was $option is as before', async ({ image, slash, option }) => {
    await using shop = await workshop(image);
    await shop.run({ [path + slash]: option });
    await shop.run({});
    expect(shop.list()).toEqual(await fresh(image, {}));
  });

  test('a chain of links is as before, whichever of it is left first', async () => {
    const image = { 'a/b/c': 'x', 'a/b/d': 'y' };
    const chain = { '/a/': 'link', '/a/b/': 'link', '/a/b/c': 'link' };
    await using shop = await workshop(image);
    await shop.run(chain);
    await shop.run({ '/a/b/': 'link', '/a/b/c': 'link' });
    expect(shop.look('/a/b')).toBe('-> ../.statelite/tmpfs/a/b');
    await shop.run({ '/a/b/c': 'link' });
    expect(shop.look('/a/b/c')).toBe('-> ../../.statelite/tmpfs/a/b/c');
    await shop.run({});
    expect(shop.list()).toEqual(await fresh(image, {}));
  });
});

describe('rows that are changed (semantics 4.4)', () => {
  test.for(changes)(
    '$what that was $option is, as $to, like prepared for the first time',
    async ({ image, slash, option, to }) => {
      await using shop = await workshop(image);
      await shop.run({ [path + slash]: option });
      await shop.run({ [path + slash]: to });
      expect(shop.list()).toEqual(await fresh(image, { [path + slash]: to }));
    },
  );
});

describe('what the administrator did between runs stays (semantics 4.4)', () => {
  test.for(options)('an original that was edited while it was %s', async (option) => {
    await using shop = await workshop({ [path]: 'old' });
    await shop.run({ [path]: option });
    shop.plant({ [path]: 'edited' });
    await shop.run({});
    expect(shop.look(path)).toBe('file 644 "edited"');
  });

  test.for(options)('a file that liteimg made for a %s row and that is filled', async (option) => {
    await using shop = await workshop();
    await shop.run({ [path]: option });
    shop.plant({ [path]: 'filled' });
    await shop.run({});
    expect(shop.look(path)).toBe('file 644 "filled"');
  });

  test.for(options)('a name in a directory that liteimg made for a %s row', async (option) => {
    await using shop = await workshop();
    await shop.run({ [`${path}/`]: option });
    shop.plant({ [`${path}/mine`]: 'mine' });
    await shop.run({});
    expect(shop.look(`${path}/mine`)).toBe('file 644 "mine"');
  });

  test('a name beside a listed one, in a directory that liteimg made', async () => {
    await using shop = await workshop();
    await shop.run({ [path]: 'link' });
    shop.plant({ '/srv/app/mine': 'mine' });
    await shop.run({});
    expect(shop.look('/srv/app/mine')).toBe('file 644 "mine"');
    expect(shop.look(path)).toBeUndefined();
  });

  test.for(['link', 'link,persistent', 'link,ro', 'link,con'])(
    'a file that replaced the planted link of a %s row that is gone now',
    async (option) => {
      await using shop = await workshop({ [path]: 'old' });
      await shop.run({ [path]: option });
      shop.remove(path);
      shop.plant({ [path]: 'newer' });
      await shop.run({});
      expect(shop.look(path)).toBe('file 644 "newer"');
      expect(shop.look('/.default/srv')).toBeUndefined();
    },
  );

  test('a directory that replaced a planted link is laid over the original when the row is gone', async () => {
    await using shop = await workshop({ 'srv/data/old': 'old', 'srv/data/both': 'old' });
    await shop.run({ '/srv/data/': 'link' });
    shop.remove('/srv/data');
    shop.plant({ 'srv/data/both': 'new', 'srv/data/new': 'new' });
    await shop.run({});
    expect(shop.look('/srv/data/old')).toBe('file 644 "old"');
    expect(shop.look('/srv/data/both')).toBe('file 644 "new"');
    expect(shop.look('/srv/data/new')).toBe('file 644 "new"');
  });

  test('a planted link that was removed brings the original back', async () => {
    await using shop = await workshop({ [path]: 'old' });
    await shop.run({ [path]: 'link' });
    shop.remove(path);
    await shop.run({});
    expect(shop.look(path)).toBe('file 644 "old"');
  });
});
