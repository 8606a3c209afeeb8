import { once } from 'node:events';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lockFile } from '../../../../mgmt/consoles/lock.ts';
import { consoleLab, consoleServer, sitDown } from '../../../helpers/console-lab.ts';
import { failure } from '../../../helpers/rows.ts';
import { eventually } from '../../../helpers/eventually.ts';

const silent = failure('ERR_STATELITE_HARDWARE', 'does not answer');
const impatient = { again: 10, server: 200, welcome: 200 };

describe('the files of the consoles that somebody removes', () => {
  test.for(['the files', 'the directory'] as const)(
    'are made again, and who is attached stays: %s',
    async (what) => {
      const { serial, deps, log } = await consoleLab();
      await consoleServer(deps);
      const before = sitDown(deps, 'n1', 'write');
      await before.sees('Console up');
      const { directory } = deps.places;
      const names = what === 'the files' ? await readdir(directory) : ['.'];
      for (const name of names) await rm(join(directory, name), { recursive: true });
      const after = sitDown(deps, 'n1', 'spy');
      await after.sees('n1: read only');
      serial.print('still there');
      await Promise.all([before.sees('still there'), after.sees('still there')]);
      expect(await log()).toContain('still there');
    },
  );
});

describe('a console server that does not answer', () => {
  test('is no reason to wait for ever, nor is the terminal raw', async () => {
    const { deps } = await consoleLab();
    await mkdir(deps.places.directory);
    using lock = await lockFile(deps.places.lock);
    expect(lock).toBeDefined();
    const sitting = sitDown(deps, 'n1', 'write', impatient);
    await expect(sitting.left).rejects.toThrow(silent);
    expect(sitting.raws).toEqual([]);
  });

  test('may be one that takes everybody and says nothing', async () => {
    const { deps } = await consoleLab();
    await mkdir(deps.places.directory);
    using lock = await lockFile(deps.places.lock);
    expect(lock).toBeDefined();
    const mute = createServer(() => {}).listen(deps.places.socket);
    await once(mute, 'listening');
    onTestFinished(() => void mute.close());
    const sitting = sitDown(deps, 'n1', 'write', impatient);
    await expect(sitting.left).rejects.toThrow(silent);
  });

  test('may be left before', async () => {
    const { deps } = await consoleLab();
    await mkdir(deps.places.directory);
    using lock = await lockFile(deps.places.lock);
    expect(lock).toBeDefined();
    const sitting = sitDown(deps, 'n1', 'write');
    sitting.stop();
    await sitting.left;
  });
});

test('a terminal is raw as long as it is attached', async () => {
  const { deps } = await consoleLab();
  const first = await consoleServer(deps);
  const sitting = sitDown(deps, 'n1', 'write');
  await sitting.sees('n1: you write');
  expect(sitting.raws).toEqual([true]);
  await first.close();
  await eventually(() => sitting.raws.length === 3); // it is the server itself then
  sitting.type('\u0005c.');
  await sitting.left;
  expect(sitting.raws).toEqual([true, false, true, false]);
});

test('a server that cannot make a log has the consoles all the same', async () => {
  const { serial, deps } = await consoleLab();
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  await mkdir(deps.places.log('n1'), { recursive: true });
  const { record } = await consoleServer({ ...deps, log: { ...deps.log, warn } });
  await record('n1');
  const reader = sitDown(deps, 'n1', 'spy');
  await reader.sees('n1: read only');
  await eventually(() => serial.connected());
  serial.print('hello');
  await reader.sees('hello');
  expect(warnings).toEqual([expect.stringContaining('n1.log cannot be written: EISDIR')]);
});
