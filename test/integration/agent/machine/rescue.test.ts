import { describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { rescue } from '../../../../agent/machine/rescue.ts';
import { programs, type Programs } from '../../../../agent/machine/spawn.ts';
import type { OnFail } from '../../../../agent/protocol/cmdline.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';
import { recordingSystem } from '../../../helpers/recording-system.ts';

const error = new StateliteError('ERR_STATELITE_QUERY', 'no answer', {
  cause: new Error('connect ECONNREFUSED'),
  hint: 'is it up?',
});
const words = [
  'error: ERR_STATELITE_QUERY: no answer',
  'error: cause: connect ECONNREFUSED',
  'error: hint: is it up?',
];

/** A rescue in which the operator's shell is a stand-in. */
function rescued(onfail: OnFail, shell = async () => ({ code: 0, signal: undefined, output: '' })) {
  const system = recordingSystem();
  const { log, lines } = recordingLogger();
  const started: string[] = [];
  const stand: Programs = {
    started,
    run: async (file, argv) => {
      started.push([file, ...argv].join(' '));
      return shell();
    },
  };
  const deps = { cmdline: { onfail }, system, programs: stand, journal: { log } };
  const over = rescue(error, deps, { reading: 1, shortestShell: 1 });
  return { over, calls: system.calls, lines, started };
}

describe('5.6 a boot that cannot go on', () => {
  test('says why, opens a shell, and tries again once that is left', async () => {
    const { promise, resolve } = Promise.withResolvers<{
      code: number;
      signal: undefined;
      output: string;
    }>();
    const { over, lines, started, calls } = rescued('shell', () => promise);
    let isLeft = false;
    void over.then(() => (isLeft = true));
    await expect.poll(() => started).toEqual(['/bin/busybox cttyhack /bin/sh']);
    expect(isLeft).toBe(false);
    resolve({ code: 0, signal: undefined, output: '' });
    await over;
    expect(lines).toEqual(words);
    expect(calls).toEqual([]);
  });

  test.for(['reboot', 'halt'] as const)(
    '%ss if that is wanted, without a shell',
    async (onfail) => {
      const { over, lines, started, calls } = rescued(onfail);
      await expect(over).rejects.toThrow(`${onfail} was called`);
      expect(calls).toEqual([onfail]);
      expect(lines.slice(0, 3)).toEqual(words);
      expect(lines[3]).toContain(`statelite.onfail=${onfail}`);
      expect(started).toEqual([]);
    },
  );

  test('goes on where there is no shell', async () => {
    const { log, lines } = recordingLogger();
    const none: Programs = {
      ...programs(),
      run: (_, argv, options) => programs().run('/no/such/busybox', argv, options),
    };
    const system = recordingSystem();
    const deps = {
      cmdline: { onfail: 'shell' },
      system,
      programs: none,
      journal: { log },
    } as const;
    await rescue(error, deps, { reading: 1, shortestShell: 1 });
    expect(lines).toEqual(words);
  });
});
