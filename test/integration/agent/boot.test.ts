import { beforeAll, describe, expect, test } from 'vitest';
import type { LitetreeRow } from '../../../agent/protocol/answer.ts';
import { type Booted, bootWhole } from '../../helpers/boot.ts';
import { row } from '../../helpers/rows.ts';

const rows = [
  row('/etc/motd'),
  row('/etc/kept', 'persistent'),
  row('/var/log/', 'link'),
  row('/etc/issue', 'ro'),
];

const given = {
  rows,
  image: {
    '/etc/motd': 'of the image\n',
    '/etc/kept': 'first\n',
    '/etc/issue': 'of the image\n',
    '/etc/unlisted': 'of the image\n',
    '/var/log/old': 'of the image\n',
  },
  trees: { one: { '/etc/motd': 'of the tree\n' } },
};

/** An init that says what it sees, and writes where it may. */
const init = [
  'b=/bin/busybox',
  'echo "pid $$: $*"',
  '$b cat /etc/motd /etc/kept /etc/issue /var/log/old',
  'echo new > /etc/motd && $b cat /etc/motd',
  'echo second > /etc/kept',
  '{ echo x > /etc/unlisted; } 2>/dev/null || echo "the root is read-only"',
  '$b readlink /var/log',
  '$b cut -d] -f2 /.statelite/statelite.log | $b sed "s/^/log:/"',
  '$b grep -c outcome /.statelite/report.json',
];

function tree(directory: string): LitetreeRow {
  return { priority: '1', directory, mntopts: '', specificity: 'ALL' };
}

const one = tree('127.0.0.1:/trees/one');

const good = { litefile: rows, litetree: [one] };

describe('a boot as PID 1', () => {
  let booted: Booted;
  beforeAll(async () => {
    booted = await bootWhole({ ...given, init }, { answers: [good] });
  });

  test('puts every entry in place and becomes the init of the image', () => {
    const said = booted.out.split('\n').filter((line) => !line.startsWith('log:'));
    expect(said).toEqual([
      'pid 1: single',
      'of the tree',
      'first',
      'of the image',
      'of the image',
      'new',
      'the root is read-only',
      '../.statelite/tmpfs/var/log',
      '1',
      '',
    ]);
    expect(booted.code).toBe(0);
  });

  test('has what was written to persistent paths in the store, under its name', () => {
    expect(booted.persistent).toMatchObject({
      '/cn01/etc/kept': 'second\n',
      '/cn01/.statelite.filled': '/etc/kept\n',
    });
  });

  test('reports itself to the management node', () => {
    expect(booted.reports).toMatchObject([
      { node: 'cn01', image: 'compute', outcome: 'ok', warnings: [], spawned: [] },
    ]);
    expect(booted.reports[0]?.phases.map(({ name }) => name)).toEqual(
      'modules network root query image stores entries'.split(' '),
    );
  });

  test('keeps the log of all of it on the node', () => {
    const log = logOf(booted);
    expect(log[0]).toContain('modules: done');
    expect(log.join('\n')).toContain('bind /.statelite/persistent/etc/kept on /etc/kept');
    expect(log.at(-1)).toContain('switch_root to /sbin/init');
  });
});

test('5.4 `shell` stops three times', async () => {
  const answers = [good];
  const { out, err, reports } = await bootWhole({ ...given, init }, { answers, words: 'shell' });
  expect(out).toContain('pid 1: single');
  expect(err.match(/pause \d of 3: .*/gu)).toEqual([
    'pause 1 of 3: the root is mounted on /newroot',
    'pause 2 of 3: persistent storage and trees are mounted',
    'pause 3 of 3: every entry is in place; next comes switch_root',
  ]);
  expect(reports[0]?.spawned).toHaveLength(2); // the third comes after the report
});

function logOf({ out }: Booted): string[] {
  return out.split('\n').filter((line) => line.startsWith('log: '));
}

describe('5.6 a boot that fails', () => {
  test('reports why, and starts again at the query once the shell is left', async () => {
    const bad = { litefile: rows, litetree: [one, tree('/opt/missing')] };
    const words = 'statelite.deadline=15';
    const booted = await bootWhole({ ...given, init }, { answers: [bad, good], words });
    expect(booted.err).toContain('ERR_STATELITE_LITETREE: the image has no directory /opt/missing');
    expect(booted.err).toContain('Emergency shell');
    expect(booted.out).toContain('pid 1: single\nof the tree\nfirst\n');
    expect(booted.reports).toMatchObject([
      { outcome: 'error', error: { code: 'ERR_STATELITE_LITETREE' } },
      { outcome: 'ok', spawned: ['/bin/busybox cttyhack /bin/sh'] },
    ]);
    const log = logOf(booted);
    expect(log.filter((line) => line.includes('modules: done'))).toHaveLength(1);
    expect(log.filter((line) => line.includes('query: done'))).toHaveLength(2);
    expect(log.join('\n')).toContain('ERR_STATELITE_LITETREE');
  });

  test('halts within its deadline if that is wanted, and has put nothing in place', async () => {
    const words = 'netdev=eth9 statelite.deadline=1 statelite.onfail=halt';
    const booted = await bootWhole({ ...given, init }, { answers: [good], words });
    expect(booted.err).toContain('ERR_STATELITE_NETWORK: there is no network interface named eth9');
    expect(booted.err).toContain('hint: interfaces: eth0 52:54:00:77:00:01');
    expect(booted.err).toContain('statelite.onfail=halt');
    expect(booted).toMatchObject({ code: 7, out: '', reports: [], persistent: {} });
  });
});
