import { existsSync, symlinkSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { withImageLock } from '../../../../mgmt/image/genimage/lock.ts';
import { runIsolated } from '../../../../mgmt/image/genimage/isolated.ts';
import { tempRoot } from '../../../helpers/tree.ts';

const run = async (script: string, more: Partial<Parameters<typeof runIsolated>[0]> = {}) => {
  const lines: string[] = [];
  await runIsolated({
    argv: ['sh', '-c', script],
    environment: {},
    cwd: '/',
    onLine: (line) => void lines.push(line),
    signal: new AbortController().signal,
    ...more,
  });
  return lines;
};

describe('a program that works on an image', () => {
  test('gets variables and input, and its lines are seen', async () => {
    const lines = await run('cat; echo "$A" >&2; pwd', {
      environment: { A: 'x=y z' },
      input: 'first\n',
      cwd: '/usr',
    });
    expect(lines.toSorted()).toEqual(['/usr', 'first', 'x=y z']);
  });

  test('that fails is an error with its last lines', async () => {
    await expect(run('echo E: no such package; exit 7')).rejects.toMatchObject({
      code: 'ERR_STATELITE_COMMAND',
      message: 'sh failed (exit 7)\n  E: no such package',
    });
    await expect(run('', { argv: ['/no/such/program'] })).rejects.toMatchObject({
      hint: 'is /no/such/program installed on this machine?',
    });
  });

  test('need not read its input', async () => {
    await expect(run('exec true', { input: 'x'.repeat(1 << 20) })).resolves.toEqual([]);
  });

  test('leaves no mount behind', async () => {
    await using root = await tempRoot();
    await run(`mount -t tmpfs none ${root.path} && touch ${root.path}/inside`);
    expect(existsSync(join(root.path, 'inside'))).toBe(false);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(root.path);
  });

  test('is killed with all it started when it is told to stop', async () => {
    await using root = await tempRoot();
    const controller = new AbortController();
    const beat = join(root.path, 'beat');
    const running = run(`(while :; do echo x >> ${beat}; sleep 0.01; done) & wait`, {
      signal: controller.signal,
    });
    while (!existsSync(beat)) await sleep(5);
    controller.abort(new Error('stopped by the test'));
    await expect(running).rejects.toThrow('stopped by the test');
    await writeFile(beat, '');
    await sleep(60);
    expect(await readFile(beat, 'utf8')).toBe('');
  });
});

test('an image is changed by one command at a time', async () => {
  await using root = await tempRoot();
  const [link, above] = [join(root.path, 'link'), join(root.path, 'above')];
  symlinkSync('.', above);
  symlinkSync('above/not-yet', link);
  await withImageLock(root.path, async () => {
    for (const same of [`${root.path}/`, above]) {
      await expect(withImageLock(same, async () => 'second')).rejects.toThrow(
        /another command is changing the image/,
      );
    }
    expect(await withImageLock(`${root.path}/other`, async () => 'other')).toBe('other');
  });
  expect(await withImageLock(root.path, async () => 'later')).toBe('later');
  await withImageLock(join(root.path, 'not-yet'), async () => {
    await expect(withImageLock(link, async () => 'second')).rejects.toThrow(/another command/);
  });
});
