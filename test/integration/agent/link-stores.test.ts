import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Boot, bootCase, boots, type Given, plantCase } from '../../helpers/boots.ts';
import { row } from '../../helpers/rows.ts';
import { snapshot } from '../../helpers/snapshot.ts';
import { tempRoot } from '../../helpers/tree.ts';

const temp = await tempRoot();
afterAll(() => temp.remove());

const booted = (name: string, given: Given, ...wishes: readonly Partial<Boot>[]) =>
  bootCase(join(temp.path, name), given, wishes);

describe('3.1, 3.2 stores over several boots', () => {
  const rows = [
    row('/srv/d/', 'persistent'),
    row('/srv/d/sub/own', 'persistent'),
    row('/srv/l/', 'localdisk'),
    row('/srv/l/ro/', 'ro'),
    row('/srv/f', 'link,persistent'),
  ];
  const image = {
    '/srv/d/x': 'x',
    '/srv/d/sub/own': 'own',
    '/srv/d/sub/y': 'y',
    '/srv/l/own': 'l',
    '/srv/l/ro/z': 'z',
    '/srv/f': 'f',
  };

  test('a second boot changes nothing at all in a store', async () => {
    const [first, second] = await booted('twice', { rows, image }, {}, {});
    expect(second?.failure).toBeNull();
    expect(Object.keys(first?.stores.persistent ?? {})).toContain('/srv/d/sub/own');
    expect(second?.stores).toEqual(first?.stores);
  });

  test('deleting a copy in the store resets it; what else was written stays', async () => {
    const writes = { '/srv/d/x': 'mine', '/srv/f': 'mine', '/srv/d/sub/y': null };
    const reset = { '/.statelite/persistent/srv/f': null };
    const [, second, third] = await booted(
      'reset',
      { rows, image },
      { writes },
      { look: ['/srv/f', '/srv/d'], writes: reset },
      { look: ['/srv/f', '/srv/d'] },
    );
    expect(second?.seen['/srv/f']).toMatchObject({ content: 'mine' });
    const kept = { '/sub': 'dir', '/sub/own': 'own', '/x': 'mine' };
    expect(second?.seen['/srv/d']).toMatchObject({ content: kept });
    expect(third?.seen['/srv/f']).toMatchObject({ content: 'f' });
    expect(third?.seen['/srv/d']).toMatchObject({ content: kept });
  });

  test('a store that was there before statelite is completed, not replaced', async () => {
    const persistent = { '/srv/f': 'old', '/srv/d/sub/own': 'old' };
    const [first, second] = await booted(
      'before',
      { rows, image, persistent },
      { look: ['/srv/f', '/srv/d'] },
      {},
    );
    expect(first?.seen['/srv/f']).toMatchObject({ content: 'old' });
    expect(first?.seen['/srv/d']).toMatchObject({
      content: { '/x': 'x', '/sub': 'dir', '/sub/own': 'old', '/sub/y': 'y' },
    });
    expect(second?.stores.persistent).toEqual(first?.stores.persistent);
  });

  test('a row that is added later is filled into the store as it is', async () => {
    const [, second] = await booted(
      'later',
      { rows, image },
      { rows: rows.slice(1, 2), writes: { '/srv/d/sub/own': 'mine' } },
      { look: ['/srv/d'] },
    );
    expect(second?.seen['/srv/d']).toMatchObject({
      content: { '/x': 'x', '/sub': 'dir', '/sub/own': 'mine', '/sub/y': 'y' },
    });
  });

  test('a mount point goes with its row, and comes back with it', async () => {
    const without = rows.filter(({ file }) => file !== '/srv/l/ro/');
    const results = await booted('made', { rows, image }, {}, { rows: without }, {});
    const [first, second, third] = results.map(({ stores }) => Object.keys(stores.localdisk));
    expect(first).toContain('/srv/l/ro');
    expect(second).not.toContain('/srv/l/ro');
    expect(third).toContain('/srv/l/ro');
    expect(results.map(({ failure }) => failure)).toEqual([null, null, null]);
  });

  test('a missing optional tree poisons no store', async () => {
    const table = [row('/srv/f', 'link,persistent'), row('/srv/d/', 'persistent')];
    const given = { rows: table, image, trees: { one: { '/srv/f': 'one', '/srv/d/one': 'one' } } };
    const [first, second, third] = await booted(
      'optional',
      given,
      { trees: ['gone', 'one'], look: ['/srv/f', '/srv/d'], writes: { '/srv/f': 'lost' } },
      { look: ['/srv/f', '/srv/d'] },
      { trees: ['gone', 'one'], look: ['/srv/f', '/srv/d'] },
    );
    expect(first?.notices).toEqual([
      expect.stringMatching(/^degraded: "\/srv\/d\/" .*volatile.*mn:\/gone/u),
      expect.stringMatching(/^degraded: "\/srv\/f" .*volatile.*mn:\/gone/u),
    ]);
    expect(first?.seen['/srv/f']).toMatchObject({ content: 'one', writable: true });
    expect(Object.keys(first?.stores.persistent ?? {})).toEqual([]);
    expect(second?.notices).toEqual([]);
    expect(second?.seen['/srv/f']).toMatchObject({ content: 'one' });
    expect(third?.notices).toEqual([]);
    expect(third?.stores).toEqual(second?.stores);
  });

  test('a power cut after any step leaves what the next boot completes', async () => {
    const given = {
      rows: [...rows, row('/srv/p/', 'persistent'), row('/srv/m', 'localdisk')],
      image: { ...image, '/srv/p/x': 'x', '/srv/m': 'm' },
      persistent: {
        '/srv/d/sub/own': 'kept',
        '/srv/p/mine': 'kept',
        '/.statelite.filled': '/srv/d\n/srv/d/sub/own\n',
      },
      localdisk: {
        '/srv/m': '',
        '/srv/l/old': '',
        '/srv/l/own': 'kept',
        '/.statelite.filled': '/srv/l\n',
        '/.statelite.made': '/srv/m\n/srv/l/old\n',
      },
    };
    const whole = plantCase(join(temp.path, 'whole'), given);
    const [reference] = await boots([whole]);
    const steps = reference?.steps.length ?? 0;
    expect(steps).toBeGreaterThan(15);
    const cuts = Array.from({ length: steps }, (_, index) => ({
      ...plantCase(join(temp.path, `cut ${index}`), given),
      stopAfter: index + 1,
    }));
    const results = await boots(cuts.flatMap((cut) => [cut, { ...cut, stopAfter: 0 }]));
    for (const [index, cut] of cuts.entries()) {
      const again = results[index * 2 + 1];
      const after = `a cut after: ${reference?.steps[index]}`;
      expect([after, again?.failure, again?.notices]).toEqual([after, null, []]);
      for (const store of ['persistent', 'localdisk']) {
        expect([after, snapshot(join(cut.at, store))]).toEqual([
          after,
          snapshot(join(whole.at, store)),
        ]);
      }
    }
  });

  test('a volatile child of a kept, linked parent does not reach the store', async () => {
    const parent = row('/srv/d/', 'link,persistent');
    const family = [parent, row('/srv/d/new', 'link,persistent')];
    const [, second, third] = await booted(
      'volatile child',
      { rows: family, liteimg: [parent], image, trees: { one: { '/srv/d/new': 'one' } } },
      { rows: [parent], writes: { '/srv/d/new': null } },
      { trees: ['gone', 'one'], look: ['/srv/d/new'], writes: { '/srv/d/new': 'lost' } },
      { look: ['/srv/d/new'], writes: { '/srv/d/x': 'mine' } },
    );
    expect(second?.seen['/srv/d/new']).toMatchObject({ content: 'one', writable: true });
    expect(second?.mounts).toContain('/.statelite/tmpfs/srv/d/new');
    expect(third?.notices).toEqual([]);
    expect(third?.seen['/srv/d/new']).toMatchObject({ content: 'one', writable: true });
    expect(third?.stores.persistent['/.statelite.made']).toMatch(/^ /u);
  });

  test.for([
    ['a directory', { '/srv/f/x': 'x' }],
    ['a link that leads nowhere', { '/srv/f': '-> gone' }],
    ['a loop', { '/srv': '-> srv' }],
  ] as const)('%s in place of a copy is left alone: error', async ([name, persistent]) => {
    const [result] = await booted(`wrong ${name}`, { rows, image, persistent }, {});
    expect(result?.failure).toMatchObject({ code: 'ERR_STATELITE_STORE' });
    expect(snapshot(join(temp.path, `wrong ${name}`, 'persistent'))).toEqual(
      expect.not.objectContaining({ '/.statelite.filled': expect.anything() }),
    );
  });
});
