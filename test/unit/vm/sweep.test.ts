import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { identify, isRunning, sweepLabs, writeRecord, type LabRecord } from '../../../vm/sweep.ts';

const alive = identify(process.pid);
const dead = { pid: process.pid, started: '1' };

const temporaryDirectory = () => mkdtempDisposable(join(tmpdir(), 'statelite-'));

async function labIn(temporary: string, record: Partial<LabRecord>): Promise<void> {
  const directory = join(temporary, 'statelite-lab-abcdef');
  await mkdir(directory);
  const crashed = { owner: dead, holder: dead, outlives: false, keepDirectory: false };
  await writeRecord(directory, { ...crashed, ...record });
}

test('the lab of a dead run is ended and removed', async () => {
  await using directory = await temporaryDirectory();
  const temporary = directory.path;
  const holder = spawn('sleep', ['60'], { stdio: 'ignore' });
  const ended = once(holder, 'exit');
  await labIn(temporary, { holder: identify(holder.pid ?? 0) });

  expect(await sweepLabs(temporary)).toEqual([join(temporary, 'statelite-lab-abcdef')]);
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(await readdir(temporary)).toEqual([]);
});

test('the lab of a living run is left alone', async () => {
  await using directory = await temporaryDirectory();
  const temporary = directory.path;
  await labIn(temporary, { owner: alive });
  expect(await sweepLabs(temporary)).toEqual([]);
});

test('a lab that was to outlive its run is left alone while it runs', async () => {
  await using directory = await temporaryDirectory();
  const temporary = directory.path;
  await labIn(temporary, { holder: alive, outlives: true });
  expect(await sweepLabs(temporary)).toEqual([]);
});

test('a directory that was to be kept is kept', async () => {
  await using directory = await temporaryDirectory();
  const temporary = directory.path;
  await labIn(temporary, { keepDirectory: true });
  expect(await sweepLabs(temporary)).toEqual([]);
});

test('other directories, and a lab that is just being made, are left alone', async () => {
  await using directory = await temporaryDirectory();
  const temporary = directory.path;
  await mkdir(join(temporary, 'statelite-lab-ghijkl'));
  await writeFile(join(temporary, 'statelite-lab-file'), '');
  await mkdir(join(temporary, 'other'));
  expect(await sweepLabs(temporary)).toEqual([]);
});

test('a process is told from a later one with the same id', () => {
  expect(isRunning(alive)).toBe(true);
  expect(isRunning(dead)).toBe(false);
  expect(() => identify(0)).toThrow('no process 0');
});
