import { existsSync, mkdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Deadline } from '../../../../agent/machine/deadline.ts';
import type { DiskDeps } from '../../../../agent/machine/disk-apply.ts';
import { runDiskScript } from '../../../../agent/machine/disk-script.ts';
import { programs } from '../../../../agent/machine/spawn.ts';
import { recordingLogger } from '../../../helpers/recording-logger.ts';
import { recordingSystem } from '../../../helpers/recording-system.ts';
import { tempRoot } from '../../../helpers/tree.ts';
import { eventually } from '../../../helpers/eventually.ts';

async function run(
  root: string,
  text: string,
  { seconds = 60, signal = new AbortController().signal } = {},
) {
  const { log, lines } = recordingLogger();
  const deps: DiskDeps = {
    system: recordingSystem(),
    modules: { load: async () => {}, loadForDevices: async () => {} },
    programs: programs(),
    log,
    deadline: new Deadline(seconds),
    places: { sys: root, dev: root, proc: root },
    boot: 'b',
    steps: [],
    warnings: [],
    signal,
  };
  const places = {
    root: join(root, 'newroot'),
    target: join(root, 'newroot/.sllocal/localmnt'),
    scratch: join(root, 'scratch'),
    stockRoot: join(root, 'sysroot'),
  };
  mkdirSync(places.target, { recursive: true });
  const error = await runDiskScript(text, places, deps).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, lines, steps: deps.steps, places };
}

/** Goes on until it is killed. */
const works = 'trap "" TERM; while :; do echo x >>"$STATELITE_ROOT/works"; sleep 0.1; done';
const sizeOf = (root: string) => statSync(join(root, 'newroot/works')).size;

describe('a partitionfile that is a script', () => {
  test('is run as it is written: blanks, backslashes and comments stay (node QUIRK-31)', async () => {
    await using root = await tempRoot();
    const { error, lines, steps, places } = await run(
      root.path,
      `#!/bin/sh\ncat <<'END'\n  two  blanks \\n * &amp;\n# no comment\nEND\necho "$LOCALDISK"\n`,
    );
    expect(error).toBeUndefined();
    const said = lines.filter((line) => line.includes('partitionfile: '));
    expect(said.join('\n')).toContain('partitionfile:   two  blanks \\n * &amp;');
    expect(said.join('\n')).toContain('partitionfile: # no comment');
    expect(said.join('\n')).toContain(`partitionfile: ${places.target}`);
    expect(readlinkSync(places.stockRoot)).toBe(places.root);
    expect(steps).toMatchObject([{ step: 'run the script of partitionfile' }]);
  });

  test('that fails stops the boot with its last words', async () => {
    await using root = await tempRoot();
    const { error, steps } = await run(root.path, 'echo no such disk >&2; exit 3');
    expect(error).toMatchObject({
      code: 'ERR_STATELITE_STORE',
      message: 'local disk: the script of partitionfile: it ended with 3',
      cause: expect.objectContaining({ message: 'no such disk' }),
    });
    expect(steps).toMatchObject([{ error: 'it ended with 3' }]);
  });

  test('that hangs is killed, and what it started does not keep the boot', async () => {
    await using root = await tempRoot();
    const { error } = await run(root.path, 'sleep 4 & echo waiting; wait', { seconds: 2 });
    expect(error).toMatchObject({ message: expect.stringContaining('it took more than 1 s') });
  });

  test('that hangs leaves nothing running, whatever it started and ignores', async () => {
    await using root = await tempRoot();
    await run(root.path, `sh -c '${works}' & wait`, { seconds: 2 });
    const size = sizeOf(root.path);
    await delay(500);
    expect(sizeOf(root.path)).toBe(size);
  });

  test('of a boot that was given up is ended, before another try begins', async () => {
    await using root = await tempRoot();
    const giveUp = new AbortController();
    const running = run(root.path, `sh -c '${works}' & wait`, { signal: giveUp.signal });
    await eventually(() => existsSync(join(root.path, 'newroot/works')));
    giveUp.abort();
    expect((await running).error).toMatchObject({ message: expect.stringContaining('killed') });
    const size = sizeOf(root.path);
    await delay(500);
    expect(sizeOf(root.path)).toBe(size);
  });

  test('runs a second time in the same boot', async () => {
    await using root = await tempRoot();
    expect((await run(root.path, 'exit 1')).error).toBeDefined();
    expect((await run(root.path, 'exit 0')).error).toBeUndefined();
  });
});
