import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { lockFile } from '../../../../mgmt/consoles/lock.ts';
import { consoleLab, consoleServer } from '../../../helpers/console-lab.ts';
import { failure } from '../../../helpers/rows.ts';
import { tempRoot } from '../../../helpers/tree.ts';

test('a file is locked by one at a time, also within a process', async () => {
  await using root = await tempRoot();
  const path = join(root.path, 'lock');
  const first = await lockFile(path);
  expect(first).toBeDefined();
  expect(await lockFile(path)).toBeUndefined();
  first?.[Symbol.dispose]();
  first?.[Symbol.dispose](); // which must not close what has the number of its file by then
  using second = await lockFile(path);
  expect(second).toBeDefined();
});

test('a lock ends with who has it, whatever the end, and whom he has started', async () => {
  await using root = await tempRoot();
  const path = join(root.path, 'lock');
  const source = new URL('../../../../mgmt/consoles/lock.ts', import.meta.url).href;
  const script = `
    import { spawn } from 'node:child_process';
    import { lockFile } from ${JSON.stringify(source)};
    globalThis.lock = await lockFile(${JSON.stringify(path)});
    const { pid } = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    console.log(pid);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script]);
  const [pid] = await once(holder.stdout, 'data');
  onTestFinished(() => void process.kill(Number(pid)));
  expect(await lockFile(path)).toBeUndefined();
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  using lock = await lockFile(path);
  expect(lock).toBeDefined();
});

test('somebody else can neither lock the file nor have a name in its place', async () => {
  const { deps, path } = await consoleLab();
  await chmod(path, 0o755);
  // What the abstract name of the place was made of is no secret.
  const name = createHash('sha256').update(deps.places.directory).digest('hex');
  const squatter = createServer().listen(`\0statelite-consoles-${name}`);
  onTestFinished(() => void squatter.close());
  await once(squatter, 'listening');
  const server = await consoleServer(deps);
  await server.close();
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  const attempt = promisify(execFile)('setpriv', [...nobody, 'flock', deps.places.lock, 'true']);
  await expect(attempt).rejects.toMatchObject({
    stderr: expect.stringContaining('Permission denied'),
  });
});

test('who has no flock is told which package has it', async () => {
  await using root = await tempRoot();
  vi.stubEnv('PATH', root.path);
  onTestFinished(() => void vi.unstubAllEnvs());
  await expect(lockFile(join(root.path, 'lock'))).rejects.toThrow(
    failure('ERR_STATELITE_HARDWARE', 'flock is not installed'),
  );
});
