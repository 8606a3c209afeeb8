import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startInmate } from '../../../vm/inmate.ts';
import { startService, type ServiceSpec } from '../../../vm/services.ts';

/** A server of a few lines of shell, started as the lab does it, but without a lab around it. */
async function start(script: string, spec: Partial<ServiceSpec> = {}) {
  await using started = new AsyncDisposableStack();
  const directory = started.use(await mkdtempDisposable(join(tmpdir(), 'statelite-')));
  const outside = {
    spawn: (argv: readonly string[], log: string) =>
      startInmate(['sh', '-c', '"$@" & wait', 'sh', ...argv], log),
    seenFromOutside: (path: string) => path,
  };
  const service = await startService(outside, directory.path, {
    name: 'daemon',
    argv: ['sh', '-c', script],
    ready: { line: /ready/ },
    ...spec,
  });
  const end = started.move(); // what does not start leaves no directory either
  return {
    service,
    printed: async () => (await readFile(service.log, 'utf8')).split('\n').slice(0, -1),
    async [Symbol.asyncDispose]() {
      await service.kill();
      await end.disposeAsync();
    },
  };
}

const serves = 'echo ready; while :; do sleep 0.01; done';

test('a service is started once it says that it is ready', async () => {
  await using server = await start(`echo starting; ${serves}`);
  expect(await server.printed()).toEqual(['starting', 'ready']);
  expect(server.service.isRunning).toBe(true);
});

test('one that ends before it is ready fails with what it said', async () => {
  await expect(start('echo cannot bind >&2; sleep 0.05; exit 1')).rejects.toMatchObject({
    code: 'ERR_STATELITE_VM',
    message: expect.stringContaining('cannot bind'),
  });
});

test('a killed one is gone, and serves again after a restart, in the same log', async () => {
  await using server = await start(serves);
  const before = server.service.pid;
  await server.service.kill();
  expect(server.service.isRunning).toBe(false);
  await server.service.restart();
  expect(server.service.pid).not.toBe(before);
  expect(await server.printed()).toEqual(['ready', 'ready']);
});

test('a reload waits until the new configuration is taken', async () => {
  await using server = await start(`trap 'echo taken' HUP; ${serves}`, { reloaded: /taken/ });
  await server.service.reload();
  await server.service.reload();
  expect(await server.printed()).toEqual(['ready', 'taken', 'taken']);
});

test('a stopped one takes its reload when it continues', async () => {
  await using server = await start(`trap 'echo taken' HUP; ${serves}`, { reloaded: /taken/ });
  server.service.stop();
  await server.service.reload();
  expect(await server.printed()).toEqual(['ready']);
  server.service.cont();
  await expect.poll(server.printed).toEqual(['ready', 'taken']);
});

test('one that says nothing is ready when its socket accepts', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'statelite-'));
  const socket = join(directory.path, 'socket');
  const script = join(directory.path, 'listen.js');
  await writeFile(script, `require('node:net').createServer().listen(${JSON.stringify(socket)})`);
  await using server = await start('', { argv: [process.execPath, script], ready: { socket } });
  expect(await server.printed()).toEqual([]);
});
