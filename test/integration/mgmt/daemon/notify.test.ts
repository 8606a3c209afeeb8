import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { createNotifier } from '../../../../mgmt/daemon/notify.ts';
import { startWatchdog } from '../../../../mgmt/daemon/watchdog.ts';
import { notifySocket } from '../../../helpers/notify-socket.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
});
afterEach(() => rm(directory, { recursive: true }));

test.each([
  ['path', () => join(directory, 'notify')],
  ['abstract name', () => `@statelite-test-${process.pid}`],
])('the service manager hears of everything, by a %s', async (_, address) => {
  const socket = address();
  await using manager = await notifySocket(socket);
  const { log } = recordingLogger();
  const notifier = createNotifier({ socket, watchdog: undefined }, log);
  notifier.ready('answers\non port 3001 – ü');
  notifier.reloading();
  notifier.status('no database');
  notifier.alive();
  notifier.stopping();
  await expect
    .poll(() => manager.messages)
    .toEqual([
      'READY=1\nSTATUS=answers on port 3001 – ü',
      expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+$/),
      'STATUS=no database',
      'WATCHDOG=1',
      expect.stringMatching(/^STOPPING=1\n/),
    ]);
});

test('a manager that is not there is told of once in the log, and serving goes on', () => {
  const { log, lines } = recordingLogger();
  const notifier = createNotifier({ socket: join(directory, 'none'), watchdog: undefined }, log);
  notifier.ready('one');
  notifier.alive();
  expect(lines).toHaveLength(1);
});

test('without a manager nothing is sent', () => {
  const { log, lines } = recordingLogger();
  createNotifier(undefined, log).ready('one');
  expect(lines).toEqual([]);
});

describe('the watchdog', () => {
  test('is told while requests can be answered', async () => {
    expect(await watched(async () => undefined)).toEqual(['alive']);
  });

  test('is told while the database is away, which no restart mends', async () => {
    const gone = new StateliteError('ERR_STATELITE_DATABASE', 'it is away');
    expect(await watched(() => Promise.reject(gone))).toEqual([
      'alive',
      'cannot answer: it is away',
    ]);
  });

  test('is not told by a check that hangs, or by a bug', async () => {
    expect(await watched(() => new Promise(() => {}))).toEqual([]);
    const [first] = await watched(() => Promise.reject(new TypeError('bug')));
    expect(first).toContain('TypeError: bug');
  });
});

async function watched(check: () => Promise<unknown>): Promise<string[]> {
  const { log, lines } = recordingLogger();
  const told: string[] = [];
  const notifier = {
    alive: () => void told.push('alive'),
    status: (text: string) => void told.push(text),
  };
  const stop = startWatchdog({ interval: 20, check, notifier, log });
  await new Promise((resolve) => setTimeout(resolve, 200));
  stop();
  return [...new Set([...told, ...lines])];
}
