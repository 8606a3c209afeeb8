import { expect, test, vi } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { lastKnown } from '../../../../mgmt/daemon/last-known.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';

const gone = () => new StateliteError('ERR_STATELITE_DATABASE', 'it is gone');

function scripted(...results: (string | Error | Promise<string>)[]) {
  const { log, lines } = recordingLogger();
  let calls = 0;
  const read = async () => {
    const result = results[Math.min(calls, results.length - 1)];
    calls += 1;
    if (result instanceof Error) throw result;
    return result ?? '';
  };
  return { view: lastKnown(read, { log, patience: 50 }), lines, calls: () => calls };
}

test('while the database is there, each asks it', async () => {
  const { view } = scripted('one', 'two');
  expect([await view(), await view()]).toEqual(['one', 'two']);
});

test('while it is away, what was last known is given, and the log says so once', async () => {
  const { view, lines, calls } = scripted('one', gone());
  expect([await view(), await view(), await view(), await view()]).toEqual(Array(4).fill('one'));
  expect(lines).toEqual([
    expect.stringMatching(/^warn: nodes are answered as the tables were at .*Z: .*it is gone/),
  ]);
  expect(calls()).toBe(2);
});

test('a database that hangs is waited for once', async () => {
  const { view, lines } = scripted('one', new Promise(() => {}));
  expect([await view(), await view()]).toEqual(['one', 'one']);
  expect(lines[0]).toContain('the database does not answer in 0.05 s');
});

test('it is used again once it is back, and the log says so', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const { view, lines } = scripted('one', gone(), gone(), 'two', 'three');
    await view();
    await view();
    vi.advanceTimersByTime(1001);
    await view();
    await Promise.resolve();
    vi.advanceTimersByTime(1001);
    await view();
    await vi.waitFor(() => expect(lines.at(-1)).toMatch(/^info: the database is back/), 30_000);
    expect(await view()).toBe('three');
    expect(lines).toHaveLength(2);
  } finally {
    vi.useRealTimers();
  }
});

test('without anything known, the error is told', async () => {
  const { view } = scripted(gone());
  await expect(view()).rejects.toThrow('it is gone');
});

test('what is wrong with the tables is no outage', async () => {
  const wrong = new StateliteError('ERR_STATELITE_TABLE', 'a wrong row');
  const { view } = scripted('one', wrong);
  await view();
  await expect(view()).rejects.toThrow('a wrong row');
});
