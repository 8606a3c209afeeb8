import { expect, test } from 'vitest';
import { trackPhases } from '../../../../agent/machine/progress.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';

test('phases are timed and logged, and the one that runs has a name', async () => {
  const { log, lines } = recordingLogger();
  const phases = trackPhases(log);
  expect(phases.current()).toBe('start');
  const seen = await phases.run('network', async () => phases.current());
  await phases.run('root', async () => {});
  expect(seen).toBe('network');
  expect(phases.times.map(({ name }) => name)).toEqual(['network', 'root']);
  expect(phases.times[0]?.took).toBeGreaterThanOrEqual(0);
  expect(lines[0]).toMatch(/^info: network: done in \d+\.\d\d s$/u);
});

test('a phase that fails stays the current one, and is not among those that were done', async () => {
  const phases = trackPhases(recordingLogger().log);
  const failing = phases.run('query', () => Promise.reject(new Error('no answer')));
  await expect(failing).rejects.toThrow('no answer');
  expect(phases.current()).toBe('query');
  expect(phases.times).toEqual([]);
});

test('a phase tells the bytes that it got over the network', async () => {
  const phases = trackPhases(recordingLogger().log);
  await phases.run('download', async (brought) => brought(4711));
  await phases.run('root', async () => {});
  expect(phases.times.map(({ bytes }) => bytes)).toEqual([4711, undefined]);
});
