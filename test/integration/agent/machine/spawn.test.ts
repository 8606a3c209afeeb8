import { describe, expect, test } from 'vitest';
import { programs } from '../../../../agent/machine/spawn.ts';

describe('starting a program', () => {
  test('gives its code and all of its output, and remembers it', async () => {
    const started = programs();
    const ended = await started.run('/bin/sh', ['-c', 'echo out; echo err >&2; exit 3']);
    expect(ended).toEqual({ code: 3, signal: undefined, output: 'out\nerr\n' });
    expect(started.started).toEqual(['/bin/sh -c echo out; echo err >&2; exit 3']);
  });

  test('that a signal ends gives the signal', async () => {
    const ended = await programs().run('/bin/sh', ['-c', 'kill -9 $$']);
    expect(ended).toEqual({ code: undefined, signal: 'SIGKILL', output: '' });
  });

  test('that is not there is 127, as in a shell', async () => {
    const ended = await programs().run('/no/such/program', []);
    expect(ended).toMatchObject({ code: 127, output: expect.stringContaining('ENOENT') });
  });

  test('has a small environment of its own, and no input', async () => {
    const { output } = await programs().run('/bin/sh', ['-c', 'echo "$HOME $X $TERM"; cat'], {
      env: { X: 'own' },
    });
    expect(output).toBe('/ own linux\n');
  });
});
