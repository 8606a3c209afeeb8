import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { writeReportsLater } from '../../../../mgmt/daemon/report-writes.ts';
import { bootReport } from '../../../helpers/boot-report.ts';

/** A disk that writes when it is told to. */
function slowDisk() {
  const waiting: { node: string; done: PromiseWithResolvers<void> }[] = [];
  return {
    waiting,
    nodes: () => waiting.map(({ node }) => node),
    write: async (node: string) => {
      const done = Promise.withResolvers<void>();
      waiting.push({ node, done });
      await done.promise;
    },
    finish: async () => {
      waiting.shift()?.done.resolve();
      await turn();
    },
  };
}

const never = () => expect.unreachable();

describe('writeReportsLater', () => {
  test('takes reports at once, and writes two at a time in the order they came', async () => {
    const disk = slowDisk();
    const reports = writeReportsLater(disk.write, never);
    for (const node of ['n1', 'n2', 'n3']) await reports.record(node, bootReport);
    expect(disk.nodes()).toEqual(['n1', 'n2']);
    await disk.finish();
    expect(disk.nodes()).toEqual(['n2', 'n3']);
  });

  test('is idle when the last is written', async () => {
    const disk = slowDisk();
    const reports = writeReportsLater(disk.write, never);
    for (const node of ['n1', 'n2', 'n3']) await reports.record(node, bootReport);
    let isIdle = false;
    const idle = reports.idle().then(() => (isIdle = true));
    await disk.finish();
    await disk.finish();
    expect(isIdle).toBe(false);
    await disk.finish();
    await idle;
  });

  test('gives each report the time it came, not the time it is written', async () => {
    const disk = slowDisk();
    const times: Date[] = [];
    const reports = writeReportsLater(async (node, _, time) => {
      times.push(time);
      await disk.write(node);
    }, never);
    for (const node of ['n1', 'n2', 'n3']) await reports.record(node, bootReport);
    const came = new Date();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await disk.finish();
    expect(times).toHaveLength(3);
    expect(times[2]?.getTime()).toBeLessThanOrEqual(came.getTime());
  });

  test('says what could not be written, and goes on', async () => {
    const failures: unknown[] = [];
    const written: string[] = [];
    const reports = writeReportsLater(
      async (node) => {
        if (node === 'n1') throw new Error('the disk is full');
        written.push(node);
      },
      (node, error) => failures.push([node, String(error)]),
    );
    for (const node of ['n1', 'n2']) await reports.record(node, bootReport);
    await reports.idle();
    expect({ failures, written }).toEqual({
      failures: [['n1', 'Error: the disk is full']],
      written: ['n2'],
    });
  });

  test('lets who brings more than there is room for wait, whatever the size of the first', async () => {
    const disk = slowDisk();
    const reports = writeReportsLater(disk.write, never);
    const large = { ...bootReport, warnings: ['x'.repeat(17 * 1024 * 1024)] };
    await reports.record('n1', large);
    let isTaken = false;
    const second = reports.record('n2', bootReport).then(() => (isTaken = true));
    await turn();
    expect(isTaken).toBe(false);
    await disk.finish();
    await second;
  });
});
