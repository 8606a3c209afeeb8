import { describe, expect, test } from 'vitest';
import type { Booted } from '../../../agent/boot.ts';
import { StateliteError } from '../../../agent/errors.ts';
import { type Phases, trackPhases } from '../../../agent/machine/progress.ts';
import type { ManagementNode } from '../../../agent/machine/query.ts';
import { parseCmdline } from '../../../agent/protocol/cmdline.ts';
import type { BootReport } from '../../../agent/protocol/report.ts';
import type { Tree } from '../../../agent/rules/litetree.ts';
import { buildReport, reportError } from '../../../agent/report.ts';
import { decodeReport } from '../../../mgmt/daemon/decode-report.ts';
import { recordingLogger } from '../../helpers/recording-logger.ts';

const machine = {
  release: '6.1.0-40-cloud-amd64',
  programs: { started: ['/bin/busybox udhcpc -i eth0'], run: () => Promise.reject(new Error()) },
};

const booted: Booted = {
  answer: { node: 'cn01', image: 'compute', litefile: [], litetree: [], permission: '755' },
  stores: { trees: [], missingTrees: [], persistent: 'mounted', localdisk: 'none' },
  linked: {
    notices: [],
    counts: { tmpfs: 2 },
    steps: [{ step: 'bind /.statelite/tmpfs/etc/motd on /etc/motd', took: 1, why: 'row 1' }],
  },
  disk: { steps: [], warnings: [] },
};

const tree: Tree = { server: 'mn', directory: '/lite', options: [], optional: true, priority: 1 };

const notice = (level: 'warning' | 'degraded') => ({ level, message: 'said' }) as const;

/** Phases of which the named ones are done. */
async function done(...names: string[]): Promise<Phases> {
  const phases = trackPhases(recordingLogger().log);
  for (const name of names) await phases.run(name, async () => {});
  return phases;
}

const never = () => new Promise<never>(() => {});

describe('the report of a boot', () => {
  test('says what was done, how long it took and what was started', async () => {
    const report = buildReport(machine, await done('network', 'root'), 'cn01', booted);
    expect(report).toMatchObject({
      version: 1,
      node: 'cn01',
      image: 'compute',
      outcome: 'ok',
      kernel: machine.release,
      spawned: machine.programs.started,
      steps: booted.linked.steps,
      entries: { tmpfs: 2 },
      warnings: [],
    });
    expect(report.phases.map(({ name }) => name)).toEqual(['network', 'root']);
    expect(report.bootId).toMatch(/^[0-9a-f-]{36}$/u);
    expect(report.memoryUsed).toBeGreaterThan(0);
    expect(report.took).toBeGreaterThan(0);
  });

  test('names the generation of the image, and what a phase brought', async () => {
    const phases = await done('network');
    await phases.run('download', async (brought) => brought(4711));
    const report = buildReport(machine, phases, 'cn01', { ...booted, generation: 12 });
    expect(report.generation).toBe(12);
    const received = decodeReport(JSON.parse(JSON.stringify(report)));
    expect(received).toMatchObject({ generation: 12, phases: [{}, { bytes: 4711 }] });
    const plain = buildReport(machine, phases, 'cn01', booted);
    expect(Object.keys(plain)).not.toContain('generation');
  });

  test('is one that the daemon takes', async () => {
    const report = buildReport(machine, await done(), 'cn01', booted);
    expect(decodeReport(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  test('of a node without a name has the name that the management node knows', async () => {
    expect(buildReport(machine, await done(), undefined, booted).node).toBe('cn01');
  });

  const { stores, linked } = booted;
  test.for<[string, Partial<Booted>, string, string[]]>([
    ['a warning', { linked: { ...linked, notices: [notice('warning')] } }, 'ok', ['said']],
    [
      'an entry that is nowhere',
      { linked: { ...linked, notices: [notice('degraded')] } },
      'degraded',
      ['said'],
    ],
    [
      'a missing tree',
      { stores: { ...stores, missingTrees: [tree] } },
      'degraded',
      ['the optional tree mn:/lite is missing'],
    ],
    [
      'a volatile persistent store',
      { stores: { ...stores, persistent: 'volatile' } },
      'degraded',
      [],
    ],
  ])('5.6 with %s is %s', async ([, change, outcome, warnings]) => {
    const report = buildReport(machine, await done(), 'cn01', { ...booted, ...change });
    expect(report).toMatchObject({ outcome, warnings });
  });
});

describe('the report of a failure', () => {
  const cmdline = parseCmdline('NFSROOT=mn:/i XCAT=mn NODE=cn01');
  const error = new StateliteError('ERR_STATELITE_QUERY', 'no answer', { hint: 'is it up?' });

  /** A management node that keeps reports, or fails. */
  async function reported(what: unknown, phases: Phases, failing?: Error) {
    const reports: BootReport[] = [];
    let isClosed = false;
    const { log, lines } = recordingLogger();
    const journal = { log, keepIn: () => {}, leaveFile: () => {}, release: () => {} };
    const management: ManagementNode = {
      ask: () => Promise.reject(new Error('not asked')),
      report: async (report) => {
        if (failing !== undefined) throw failing;
        reports.push(report);
      },
      close: () => (isClosed = true),
    };
    await reportError(what, { ...machine, cmdline, journal }, phases, async () => management, []);
    return { reports, lines, isClosed };
  }

  test('has code, message and hint', async () => {
    const { reports, isClosed } = await reported(error, await done('network'));
    expect(reports).toMatchObject([
      {
        node: 'cn01',
        outcome: 'error',
        error: { code: 'ERR_STATELITE_QUERY', message: 'no answer', hint: 'is it up?' },
      },
    ]);
    expect(decodeReport(reports[0])).toEqual(reports[0]);
    expect(isClosed).toBe(true);
  });

  test('of a bug has its words', async () => {
    const { reports } = await reported(new TypeError('x is undefined'), await done('network'));
    expect(reports[0]?.error).toEqual({
      code: 'ERR_STATELITE_BUG',
      message: 'TypeError: x is undefined',
    });
  });

  test('does not keep the rescue waiting, whatever hangs', async () => {
    const { log, lines } = recordingLogger();
    const journal = { log, keepIn: () => {}, leaveFile: () => {}, release: () => {} };
    const phases = await done('network');
    await reportError(error, { ...machine, cmdline, journal }, phases, never, [], 10);
    expect(lines).toContainEqual(expect.stringContaining('not reported: it took over 0.01 s'));
  });

  test('is not tried before there is a network', async () => {
    expect(await reported(error, await done('modules'))).toMatchObject({ reports: [], lines: [] });
  });

  test('that cannot be handed in is one warning, and the connection is closed', async () => {
    const dead = new StateliteError('ERR_STATELITE_QUERY', 'no answer either');
    expect(await reported(error, await done('network'), dead)).toEqual({
      reports: [],
      lines: ['warn: the failure was not reported: no answer either'],
      isClosed: true,
    });
  });
});
