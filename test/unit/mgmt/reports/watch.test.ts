import { describe, expect, test } from 'vitest';
import { formatStatusTime } from '../../../../agent/protocol/status.ts';
import type { BootReport } from '../../../../agent/protocol/report.ts';
import { reportId, timeOfId } from '../../../../mgmt/reports/place.ts';
import {
  ageOf,
  isChanged,
  lifeLine,
  lifeOf,
  lifeScreen,
  lifeTable,
  type NodeLife,
} from '../../../../mgmt/reports/watch.ts';
import { bootReport } from '../../../helpers/boot-report.ts';

const now = new Date(2026, 0, 2, 12, 0, 0);
const ago = (seconds: number) => new Date(now.getTime() - 1000 * seconds);

function row(status: string, seconds: number) {
  return { node: 'n1', status, statustime: formatStatusTime(ago(seconds)) };
}

function stored(seconds: number, report: Partial<BootReport> = {}) {
  const id = reportId(ago(seconds));
  return { node: 'n1', id, time: timeOfId(id), report: { ...bootReport, ...report } };
}

describe('the life of a node', () => {
  test('is its status with its newest report', () => {
    const phases = [
      { name: 'network', start: 0, took: 1 },
      { name: 'entries', start: 1, took: 1 },
    ];
    const report = stored(20, { phases, took: 1234, warnings: ['a', 'b'] });
    expect(lifeOf(row('booted', 10), report, now)).toEqual({
      node: 'n1',
      status: 'booted',
      since: 10,
      phase: 'entries',
      seconds: 1.2,
      warnings: 2,
    });
  });

  test.for([
    ['netbooting', 10, 20, ''],
    ['powering-off', 10, 20, ''],
    ['netbooting', 20, 10, 'network'],
    ['netbooting', 10, 10, 'network'],
    ['booted', 10, 20, 'network'],
  ] as const)(
    'as %s for %i s, with a report %i s old, is in phase "%s"',
    ([status, since, age, phase]) => {
      expect(lifeOf(row(status, since), stored(age), now)).toMatchObject({ status, phase });
    },
  );

  test('has the code of what ended its boot', () => {
    const error = { code: 'ERR_STATELITE_NFS', message: 'no answer' };
    expect(lifeOf(row('failed', 1), stored(1, { error }), now).phase).toBe(
      'network ERR_STATELITE_NFS',
    );
  });

  test.for([
    ['failed', 11, 'postscripts site/first:3'],
    ['failed', 600, 'network'],
    ['postbooting', 11, 'network'],
  ] as const)(
    'as %s since 10 s, with a script that failed %i s ago, is in phase "%s"',
    ([status, told, phase]) => {
      const appstatus = 'gpfs=up,postscripts=failed:site/first:3';
      const said = { ...row(status, 10), appstatus, appstatustime: formatStatusTime(ago(told)) };
      expect(lifeOf(said, stored(60), now).phase).toBe(phase);
    },
  );

  test('is unknown before it said anything, and younger than now whatever its clock', () => {
    const silent = { node: 'n1', status: null, statustime: null };
    expect(lifeOf(silent, undefined, now)).toEqual({
      node: 'n1',
      status: '',
      since: undefined,
      phase: '',
      seconds: undefined,
      warnings: undefined,
    });
    expect(lifeOf(row('booted', -5), undefined, now).since).toBe(0);
    expect(lifeOf({ ...silent, statustime: 'yesterday' }, undefined, now).since).toBeUndefined();
  });
});

function life(node: string, status: string, more: Partial<NodeLife> = {}): NodeLife {
  return { node, status, since: 3, phase: 'stores', seconds: 1.2, warnings: 0, ...more };
}

describe('a change', () => {
  test('is none when only time goes by', () => {
    expect(isChanged(life('n1', 'booted'), life('n1', 'booted', { since: 9 }))).toBe(false);
  });

  test.for([
    { status: 'failed' },
    { phase: 'entries' },
    { seconds: 2 },
    { warnings: 1 },
    { since: 1 },
    { since: undefined },
  ])('is %j', (more) => {
    expect(isChanged(life('n1', 'booted'), life('n1', 'booted', more))).toBe(true);
    expect(isChanged(undefined, life('n1', 'booted'))).toBe(true);
  });
});

describe('what is printed', () => {
  test('is a table', () => {
    const none = { since: undefined, phase: '', seconds: undefined, warnings: undefined };
    expect(lifeTable([life('n1', 'netbooting'), life('login-01', '', none)])).toEqual([
      'NODE      STATUS      SINCE  PHASE   SECONDS  WARNINGS',
      'n1        netbooting  3 s    stores  1.2      0',
      'login-01  -           -      -       -        -',
    ]);
  });

  test('is a line without what is not known', () => {
    expect(lifeLine(life('n1', 'netbooting'))).toBe(
      'n1: netbooting, 3 s, stores, 1.2 s, 0 warnings',
    );
    expect(
      lifeLine(life('n1', 'booted', { phase: '', seconds: undefined, warnings: undefined })),
    ).toBe('n1: booted, 3 s');
  });

  test('has no control characters of a phase', () => {
    expect(lifeLine(life('n1', 'booted', { phase: '\u001B[2J' }))).toContain(String.raw`\u{1b}[2J`);
  });

  test('fits a small terminal: first who failed or is silent, then who takes longest', () => {
    const lives = [
      life('n1', 'booted'),
      life('n2', 'netbooting', { since: 5 }),
      life('n3', 'postbooting', { since: 90 }),
      life('n4', 'failed'),
      life('n5', '', { since: undefined }),
      life('n6', 'booted'),
    ];
    const screen = lifeScreen(lives, { rows: 7, columns: 90 });
    expect(screen.map((line) => line.split(' ')[0])).toEqual(['NODE', 'n4', 'n5', 'n3', 'n2', '2']);
    expect(screen.at(-1)).toBe(
      '2 of 6 nodes booted: failed 1, silent 1, netbooting 1, postbooting 1; 4 shown',
    );
    expect(lifeScreen(lives, { rows: 6, columns: 20 }).every(({ length }) => length < 20)).toBe(
      true,
    );
  });

  test('stays in the order of the nodes where all of them fit', () => {
    const lives = [life('n1', 'booted'), life('n2', 'failed')];
    const screen = lifeScreen(lives, { rows: 24, columns: 80 });
    expect(screen.map((line) => line.split(' ')[0])).toEqual(['NODE', 'n1', 'n2', '1']);
    expect(lifeScreen([life('n1', 'booted')], { rows: 24, columns: 80 }).at(-1)).toBe(
      '1 of 1 node booted',
    );
  });

  test('takes a terminal that does not know its size for one of 24 lines', () => {
    const lives = ['n1', 'n2', 'n3'].map((node) => life(node, 'failed'));
    const unknown = lifeScreen(lives, { rows: 0, columns: 0 });
    expect(unknown).toEqual(lifeScreen(lives, { rows: 24, columns: 80 }));
  });

  test.for([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 m'],
    [7200, '2 h'],
    [200_000, '2 d'],
  ] as const)('has %i seconds as %s', ([seconds, text]) => {
    expect(ageOf(seconds)).toBe(text);
  });
});
