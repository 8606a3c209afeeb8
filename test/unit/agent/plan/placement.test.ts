import { describe, expect, test } from 'vitest';
import { plan } from '../../../../agent/plan/plan.ts';
import { row } from '../../../helpers/rows.ts';
import { noticed, situationOf, store, told, type Wishes } from '../../../helpers/situations.ts';
import { memoryView } from '../../../helpers/views.ts';

const image = { '/etc/f': 'f', '/etc/d/x': 'x', '/etc/l': '-> f', '/opt/app/conf': 'c' };

function newer(file: string, option: string, wishes: Partial<Wishes> = {}) {
  return plan(situationOf({ rows: [row(file, option)], liteimg: [], image, ...wishes }));
}

describe('5.5 rows that the image was not made for', () => {
  test.for([
    ['/etc/f', 'tmpfs', ['copy /etc/f to T/etc/f', 'bind T/etc/f on /etc/f']],
    ['/etc/f', 'persistent', ['copy /etc/f to P/etc/f', 'bind P/etc/f on /etc/f']],
    ['/etc/f', 'ro', ['bind /etc/f on /etc/f read-only']],
    ['/etc/f', 'con', ['concatenate /etc/f into T/etc/f', 'bind T/etc/f on /etc/f']],
    ['/etc/d/', 'localdisk', ['fill L/etc/d/ from /etc/d', 'bind L/etc/d on /etc/d']],
  ] as const)('%s (%s) is served: the image has its mount point', ([file, option, steps]) => {
    const decided = newer(file, option);
    expect(told(decided)).toEqual(steps);
    expect(noticed(decided)).toEqual([]);
  });

  const tree = { '/etc/new': 'n', '/etc/f': 'f', '/etc/d/y': 'y', '/etc/l': 'l', '/new/d/f': 'n' };
  const found = { 'mn:/one': tree };

  test.for([
    ['/etc/new', 'tmpfs', 'no mount point'],
    ['/etc/new', 'ro', 'no mount point'],
    ['/new/d/f', 'localdisk', 'no mount point'],
    ['/new/d/f', 'link', 'no planted link'],
    ['/no/such/f', 'persistent', 'found nowhere'],
    ['/etc/f', 'link', 'no planted link'],
    ['/etc/d/', 'link,persistent', 'no planted link'],
    ['/etc/new', 'link,ro', 'no planted link'],
    ['/etc/l', 'tmpfs', 'the image has a link there'],
  ] as const)('%s (%s) is not served: %s', ([file, option, reason]) => {
    const decided = newer(file, option, { trees: found });
    expect(told(decided)).toEqual([]);
    expect(decided.counts).toEqual({});
    expect(noticed(decided)).toEqual([
      expect.stringMatching(new RegExp(`^degraded: "${file}" \\(${option}\\).*${reason}`, 'u')),
    ]);
    expect(noticed(decided)[0]?.endsWith('; run liteimg')).toBe(true);
  });

  test('what liteimg prepared and nobody has any more is found nowhere', () => {
    const situation = situationOf({ rows: [row('/etc/f')] });
    const bare = memoryView({ '/etc/f': '', '/.default': 'dir' });
    expect(noticed(plan({ ...situation, image: bare }))).toEqual([
      'degraded: "/etc/f" (tmpfs) is not served: found nowhere (image: no)',
    ]);
  });

  test('a row for what the image has as another type is not served', () => {
    const liteimg = [row('/etc/made', 'tmpfs')];
    const decided = newer('/etc/made/', 'tmpfs', {
      liteimg,
      trees: { 'mn:/one': { '/etc/made/x': 'x' } },
    });
    expect(noticed(decided)).toEqual([expect.stringContaining('the image has a file there')]);
  });

  test('a mount point that became a directory since serves no file', () => {
    const liteimg = [row('/etc/f', 'tmpfs')];
    const decided = newer('/etc/f', 'tmpfs', { liteimg, changed: { '/etc/f': 'dir' } });
    expect(told(decided)).toEqual([]);
    expect(noticed(decided)).toEqual([
      'degraded: "/etc/f" (tmpfs) is not served: the image has a directory there; run liteimg',
    ]);
  });

  test('below a directory with a copy no change of the image is needed', () => {
    const rows = [row('/etc/d/', 'tmpfs'), row('/etc/d/new', 'tmpfs')];
    const decided = plan(
      situationOf({
        rows,
        liteimg: [row('/etc/d/')],
        image,
        trees: { 'mn:/one': { '/etc/d/new': 'n' } },
      }),
    );
    expect(told(decided)).toContain('copy mn:one/etc/d/new to T/etc/d/new');
    expect(noticed(decided)).toEqual([]);
  });

  test('a new directory and a new entry in it are copied before anything covers the image', () => {
    const rows = [row('/etc/d/', 'tmpfs'), row('/etc/d/x', 'persistent')];
    expect(told(plan(situationOf({ rows, liteimg: [], image })))).toEqual([
      'fill T/etc/d/ from /etc/d',
      'copy /etc/d/x to P/etc/d/x',
      'bind T/etc/d on /etc/d',
      'make the mount point T/etc/d/x',
      'bind P/etc/d/x on /etc/d/x',
    ]);
  });
});

describe('5.5 planted links', () => {
  test.for([
    ['/etc/f', 'tmpfs'],
    ['/etc/f', 'persistent'],
    ['/etc/f', 'ro'],
  ] as const)('a link in the way of %s (%s) shows the original', ([file, option]) => {
    const decided = newer(file, option, { liteimg: [row('/etc/f', 'link')] });
    expect(told(decided)).toEqual(['link T/etc/f to D/etc/f']);
    expect(noticed(decided)).toEqual([expect.stringContaining('in the way; run liteimg')]);
  });

  test('a link above an entry is in its way', () => {
    const rows = [row('/opt/app/conf', 'tmpfs')];
    const decided = plan(situationOf({ rows, liteimg: [row('/opt/app/', 'link')], image }));
    expect(told(decided)).toEqual(['link T/opt/app to D/opt/app']);
    expect(noticed(decided)).toEqual([
      expect.stringMatching(/^degraded: "\/opt\/app\/conf".*in the way; run liteimg$/u),
      expect.stringMatching(/^warning: "\/opt\/app" is no longer listed/u),
    ]);
  });

  test('a link whose row is gone leads to /.default, with a warning', () => {
    const decided = plan(situationOf({ rows: [], liteimg: [row('/etc/f', 'link,con')], image }));
    expect(told(decided)).toEqual(['link T/etc/f to D/etc/f']);
    expect(noticed(decided)).toEqual([
      expect.stringMatching(/^warning: "\/etc\/f" .*run liteimg$/u),
    ]);
  });

  test('of a chain only the topmost was planted', () => {
    const liteimg = [row('/opt/app/', 'link'), row('/opt/app/conf', 'link,ro')];
    expect(told(plan(situationOf({ rows: [], liteimg, image })))).toEqual([
      'link T/opt/app to D/opt/app',
    ]);
  });

  test('a link that changed its option keeps its planted link', () => {
    const liteimg = [row('/etc/f', 'link')];
    const decided = newer('/etc/f', 'link,persistent', { liteimg });
    expect(told(decided)).toEqual(['copy D/etc/f to P/etc/f', 'link T/etc/f to P/etc/f']);
    expect(noticed(decided)).toEqual([]);
  });

  test('a link that found no source shows the original', () => {
    const liteimg = [row('/etc/f', 'link,con')];
    const changed = { '/.default/etc/f': 'fifo' };
    const decided = newer('/etc/f', 'link,con', { liteimg, changed });
    expect(told(decided)).toEqual(['link T/etc/f to D/etc/f']);
    expect(noticed(decided)).toEqual([expect.stringContaining('found nowhere')]);
  });

  test.for(['tmpfs', 'persistent', 'localdisk'])(
    'in the copy of a newly listed directory (%s) the original stands instead of the link',
    (option) => {
      const decided = newer('/etc/', option, { liteimg: [row('/etc/f', 'link')] });
      const place = option === 'tmpfs' ? 'T' : option === 'persistent' ? 'P' : 'L';
      expect(told(decided)).toEqual([
        `fill ${place}/etc/ from D/etc, /etc`,
        ...(option === 'tmpfs' ? ['link T/etc/mtab to /proc/self/mounts'] : []),
        `bind ${place}/etc on /etc`,
      ]);
      expect(noticed(decided)).toEqual([]);
    },
  );

  test('in a directory newly listed as ro they lead to /.default', () => {
    const decided = newer('/etc/', 'ro', { liteimg: [row('/etc/f', 'link')] });
    expect(told(decided)).toEqual(['link T/etc/f to D/etc/f', 'bind /etc on /etc read-only']);
  });

  test.for([
    ['replaced by a file', { '/opt/app/conf': 'newer' }],
    ['replaced by another link', { '/opt/app/conf': '-> elsewhere' }],
    ['behind a link', { '/opt/app': '-> ../etc' }],
    ['gone, with a file in place of its directory', { '/opt/app': 'file' }],
    ['gone, with a file above its directory', { '/opt': 'file' }],
  ] as const)('a recorded link that is %s is left as it is', ([, changed]) => {
    const liteimg = [row('/opt/app/conf', 'link')];
    const decided = plan(situationOf({ rows: [], liteimg, image, changed }));
    expect(told(decided)).toEqual([]);
    expect(noticed(decided)).toEqual([]);
  });
});

describe('1.5 rows that are left alone', () => {
  test('are named in a notice', () => {
    const runtime = { '/run': 'dir', '/var/run': '-> ../run' };
    const decided = plan(situationOf({ rows: [row('/var/run/', '')], image: runtime }));
    expect(told(decided)).toEqual([]);
    expect(noticed(decided)).toEqual(['notice: "/var/run/" is left alone: it leads to /run']);
  });
});

function fileAndDirectory(option: string) {
  return [row('/etc/f', option), row('/etc/d/', option)];
}

describe('3.2 volatile entries', () => {
  const missing = { missingTrees: ['mn:/gone'] };
  test.for(['persistent', 'localdisk'])(
    '%s never filled before is volatile this time',
    (option) => {
      const decided = plan(situationOf({ rows: fileAndDirectory(option), image, ...missing }));
      expect(told(decided)).toEqual([
        'fill T/etc/d/ from D/etc/d',
        'copy D/etc/f to T/etc/f',
        'bind T/etc/d on /etc/d',
        'bind T/etc/f on /etc/f',
      ]);
      expect(decided.counts).toEqual({ tmpfs: 2 });
      expect(noticed(decided)).toEqual([
        `degraded: "/etc/d/" (${option}) is volatile this time: it has no copy yet, and the tree mn:/gone is missing`,
        `degraded: "/etc/f" (${option}) is volatile this time: it has no copy yet, and the tree mn:/gone is missing`,
      ]);
    },
  );

  test('nothing is recorded of them', () => {
    const persistent = store({}, { filled: [] });
    const decided = plan(
      situationOf({
        rows: fileAndDirectory('persistent'),
        image,
        ...missing,
        persistent,
        localdisk: persistent,
      }),
    );
    expect(decided.steps.filter(({ kind }) => kind === 'record')).toEqual([]);
  });

  test('the planted link of link,persistent leads to the volatile copy', () => {
    const decided = plan(
      situationOf({ rows: fileAndDirectory('link,persistent'), image, ...missing }),
    );
    expect(told(decided)).toEqual(['fill T/etc/d/ from D/etc/d', 'copy D/etc/f to T/etc/f']);
    expect(decided.counts).toEqual({ link: 2 });
  });

  test('what was filled before is kept', () => {
    const persistent = store({ '/etc/f': 'k', '/etc/d/k': 'k' }, { filled: ['/etc/f', '/etc/d'] });
    const decided = plan(
      situationOf({ rows: fileAndDirectory('persistent'), image, ...missing, persistent }),
    );
    expect(told(decided)).toEqual(['bind P/etc/d on /etc/d', 'bind P/etc/f on /etc/f']);
    expect(noticed(decided)).toEqual([]);
  });

  test('an unfilled directory is left for a complete boot', () => {
    const persistent = store({ '/etc/d/k': 'k' }, { filled: [] });
    const decided = plan(
      situationOf({ rows: [row('/etc/d/', 'persistent')], image, ...missing, persistent }),
    );
    expect(told(decided)).toEqual(['fill T/etc/d/ from D/etc/d', 'bind T/etc/d on /etc/d']);
  });

  test('a missing directory of the image is named as it is written', () => {
    const rows = [row('/etc/f', 'persistent')];
    const decided = plan(situationOf({ rows, image, missingTrees: ['/opt/tree'] }));
    expect(noticed(decided)).toEqual([
      expect.stringMatching(/the tree :?\/opt\/tree is missing$/u),
    ]);
  });

  test('other options do without the missing tree', () => {
    const decided = plan(situationOf({ rows: fileAndDirectory('tmpfs'), image, ...missing }));
    expect(noticed(decided)).toEqual([]);
  });

  test('a store that nofail allows to be missing makes its entries volatile (5.3)', () => {
    const persistent = { state: 'volatile' } as const;
    const decided = plan(situationOf({ rows: fileAndDirectory('persistent'), image, persistent }));
    expect(decided.counts).toEqual({ tmpfs: 2 });
    expect(noticed(decided)[0]).toBe(
      'degraded: "/etc/d/" (persistent) is volatile this time: the persistent store is not there',
    );
  });

  test('a volatile parent counts as tmpfs: its children are written into its copy', () => {
    const family = [row('/etc/d/', 'persistent'), row('/etc/d/x', 'persistent')];
    const decided = plan(situationOf({ rows: family, image, ...missing }));
    expect(told(decided)).toEqual([
      'fill T/etc/d/ from D/etc/d',
      'copy D/etc/d/x to T/etc/d/x',
      'bind T/etc/d on /etc/d',
    ]);
  });

  test('a kept child of a volatile parent keeps its own mount', () => {
    const family = [row('/etc/d/', 'persistent'), row('/etc/d/x', 'persistent')];
    const persistent = store({ '/etc/d/x': 'k' }, { filled: ['/etc/d/x'] });
    const decided = plan(situationOf({ rows: family, image, ...missing, persistent }));
    expect(told(decided)).toEqual([
      'fill T/etc/d/ from D/etc/d',
      'bind T/etc/d on /etc/d',
      'make the mount point T/etc/d/x',
      'bind P/etc/d/x on /etc/d/x',
    ]);
  });

  test.for([
    ['persistent', 'T', ['bind P/etc/d on /etc/d']],
    [
      'link,persistent',
      '/.statelite/volatile',
      ['make the mount point T/etc/d/', 'bind P/etc/d on T/etc/d'],
    ],
  ] as const)('a volatile child of a kept %s parent gets a mount of its own', (given) => {
    const [option, place, reach] = given;
    const family = [row('/etc/d/', option), row('/etc/d/new', option)];
    const persistent = store({ '/etc/d/k': 'k' }, { filled: ['/etc/d'] });
    const tree = { 'mn:/one': { '/etc/d/new': 'n' } };
    const decided = plan(situationOf({ rows: family, image, ...missing, persistent, trees: tree }));
    expect(told(decided)).toEqual([
      `copy mn:one/etc/d/new to ${place}/etc/d/new`,
      ...reach,
      'make the mount point P/etc/d/new',
      `bind ${place}/etc/d/new on /etc/d/new`,
    ]);
  });
});
