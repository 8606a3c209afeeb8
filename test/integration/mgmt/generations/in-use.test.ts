import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { usersOf } from '../../../../mgmt/image/generations/in-use.ts';

let proc: string;

beforeEach(async () => {
  proc = await mkdtemp(join(tmpdir(), 'statelite-'));
});
afterEach(() => rm(proc, { recursive: true }));

/** A process of this name, with a file open. */
async function addProcess(pid: number, name: string, file: string): Promise<void> {
  const about = join(proc, String(pid));
  await mkdir(join(about, 'fd'), { recursive: true });
  await writeFile(join(about, 'comm'), `${name}\n`);
  await writeFile(join(about, 'mountinfo'), '');
  await symlink('/', join(about, 'cwd'));
  await symlink(file, join(about, 'fd/3'));
}

const generation = '/install/compute.generations/1';

test('a process with a file of it open uses a generation', async () => {
  await addProcess(10, 'cp', `${generation}/rootimg/etc/motd`);
  const users = usersOf([generation, '/install/compute.generations/2'], proc);
  expect([...users]).toEqual([[generation, 'cp (10) uses it']]);
});

test('an NFS server does not: it keeps files open that no node reads any more', async () => {
  await addProcess(10, 'ganesha.nfsd', `${generation}/rootimg/etc/motd`);
  expect(usersOf([generation], proc).size).toBe(0);
});
