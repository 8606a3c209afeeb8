import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ownScripts } from '../../../../mgmt/postscripts/own-scripts.ts';
import { type ScriptFiles, scriptFiles } from '../../../../mgmt/postscripts/script-files.ts';

let directory: string;
let notes: string[];
let files: ScriptFiles;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  notes = [];
  files = scriptFiles(join(directory, 'postscripts'), (text) => void notes.push(text));
});
afterEach(() => rm(directory, { recursive: true }));

async function plant(path: string, content: string): Promise<string> {
  const place = join(directory, 'postscripts', path);
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, content);
  return place;
}

/** Without our own scripts. */
async function listed(): Promise<string[]> {
  return (await files.list()).map(({ path }) => path).filter((path) => !ownScripts.has(path));
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the files that nodes get', () => {
  test('are those below the directory, with their digests', async () => {
    await plant('first', 'one');
    await plant('_ssh/authorized_keys', 'two');
    expect(await listed()).toEqual(['_ssh/authorized_keys', 'first']);
    const found = (await files.list()).find(({ path }) => path === 'first');
    expect(found).toMatchObject({ digest: digestOf('one'), size: 3 });
    expect((await files.read(digestOf('two')))?.toString()).toBe('two');
  });

  test('are our own where there is no directory, and the site goes before us', async () => {
    expect((await files.list()).map(({ path }) => path)).toEqual([...ownScripts.keys()].toSorted());
    await plant('syslog', 'mine');
    const again = scriptFiles(join(directory, 'postscripts'), () => {});
    const syslog = (await again.list()).filter(({ path }) => path === 'syslog');
    expect(syslog).toEqual([expect.objectContaining({ digest: digestOf('mine') })]);
    expect((await again.read(digestOf('mine')))?.toString()).toBe('mine');
  });

  test('are read by a digest that was listed, and not once they changed', async () => {
    const place = await plant('first', 'one');
    await files.list();
    await writeFile(place, 'two');
    expect(await files.read(digestOf('one'))).toBeUndefined();
    expect(await files.read('0'.repeat(64))).toBeUndefined();
  });
});

describe('kept back, and told', () => {
  const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';

  test.for([
    ['_ssh/id_rsa', key, 'holds a private key'],
    ['bundle.pem', `${'A'.repeat(99)}\n`.repeat(9999) + key, 'holds a private key'],
    ['a b', 'x', 'has an odd name'],
    ['<script>', 'x', 'has an odd name'],
    ['-rf', 'x', 'has an odd name'],
  ] as const)('is %s', async ([path, content, why]) => {
    await plant(path, content);
    await plant('good', 'good');
    expect(await listed()).toEqual(['good']);
    expect(notes).toEqual([`${path} ${why}: nodes do not get it`]);
    expect(await files.read(digestOf(content))).toBeUndefined();
  });

  test('is a file that would fill the memory', async () => {
    await truncate(await plant('large', ''), 17 * 1024 * 1024);
    expect(await listed()).toEqual([]);
    expect(notes).toEqual([expect.stringContaining('large has more than')]);
  });
});

describe('never left is the directory', () => {
  test.for(['/etc/passwd', '../secret', '..', '/'])('by a link to %s', async (target) => {
    await plant('good', 'x');
    await writeFile(join(directory, 'secret'), 'secret');
    await symlink(target, join(directory, 'postscripts/link'));
    expect(await listed()).toEqual(['good']);
    expect(await files.read(digestOf('secret'))).toBeUndefined();
  });

  test('but a link inside is followed', async () => {
    await plant('good', 'x');
    await symlink('good', join(directory, 'postscripts/link'));
    expect(await listed()).toEqual(['good', 'link']);
  });

  test('nor is a FIFO waited for', async () => {
    await plant('good', 'x');
    await promisify(execFile)('mkfifo', [join(directory, 'postscripts/fifo')]);
    expect(await listed()).toEqual(['good']);
  });
});
