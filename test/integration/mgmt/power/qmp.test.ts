import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { qmpControl } from '../../../../mgmt/power/qmp.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';
import { qemuProcess } from '../../../helpers/qemu-process.ts';
import { failure } from '../../../helpers/rows.ts';

const patience = { limit: 20_000, signal: new AbortController().signal };

describe('a real QEMU', () => {
  test('is switched on, reset, and off, and lives on', async ({ mn }) => {
    await using qemu = await qemuProcess(mn.directory);
    await mn.run('nodeadd', 'n1', 'groups=all', 'mgt=qemu');
    await mn.run('chtab', 'node=n1', `hardware.qmp=${qemu.qmp}`);
    const said: string[] = [];
    for (const word of [
      'stat',
      'on',
      'stat',
      'boot',
      'reset',
      'stat',
      'off',
      'stat',
      'boot',
      'stat',
    ]) {
      const { out, err } = await mn.run('rpower', 'n1', word);
      said.push(`${word}: ${out.join()}${err}`);
    }
    expect(said).toEqual([
      'stat: n1: off',
      'on: n1: on',
      'stat: n1: on',
      'boot: n1: on reset',
      'reset: n1: reset',
      'stat: n1: on',
      'off: n1: off',
      'stat: n1: off',
      'boot: n1: off on',
      'stat: n1: on',
    ]);
  });

  test('is on after a cycle, and off when it is switched off twice', async ({ mn }) => {
    await using qemu = await qemuProcess(mn.directory);
    const control = qmpControl({ kind: 'qmp', socket: qemu.qmp }, patience);
    await control.act('on');
    await control.act('cycle');
    expect(await control.state()).toBe('on');
    await control.act('off');
    await control.act('off');
    expect(await control.state()).toBe('off');
  });

  test('takes a boot device, and does not say which it has', async ({ mn }) => {
    await using qemu = await qemuProcess(mn.directory);
    const control = qmpControl({ kind: 'qmp', socket: qemu.qmp }, patience);
    for (const device of ['net', 'hd', 'cd', 'default'] as const) {
      await control.setBoot({ device, persistent: false, uefi: false });
    }
    await expect(control.boot()).rejects.toThrow(failure('ERR_STATELITE_HARDWARE', 'boot order'));
  });

  test('that ended is an error that says how to start one', async ({ mn }) => {
    const qemu = await qemuProcess(mn.directory);
    await qemu[Symbol.asyncDispose]();
    const control = qmpControl({ kind: 'qmp', socket: qemu.qmp }, patience);
    await expect(control.state()).rejects.toMatchObject({
      code: 'ERR_STATELITE_HARDWARE',
      hint: expect.stringContaining('-qmp unix:'),
    });
  });
});

describe('something else at the socket', () => {
  test.for([
    ['says nothing', () => {}, 'did not answer within 0.2 s'],
    [
      'says what is no QMP',
      (socket: Socket) => socket.write('SSH-2.0\u001B\n'),
      String.raw`SSH-2.0\u{1b}`,
    ],
    ['closes', (socket: Socket) => socket.end(), 'closed its monitor'],
    [
      'refuses',
      (socket: Socket) => {
        socket.write('{"QMP": {}}\n');
        socket.once('data', () => socket.write('{"id": 1, "error": {"desc": "not you"}}\n'));
      },
      'refuses: not you',
    ],
    [
      'never ends a line',
      (socket: Socket) => socket.write('x'.repeat(2 * 1024 * 1024)),
      'more than 1 MiB',
    ],
  ] as const)('that %s is an error', async ([, behave, problem], { mn }) => {
    const socket = await serverThat(mn, behave);
    const control = qmpControl({ kind: 'qmp', socket }, { ...patience, limit: 200 });
    await expect(control.state()).rejects.toThrow(failure('ERR_STATELITE_HARDWARE', problem));
  });

  test('is no longer asked after an interruption', async ({ mn }) => {
    const stop = new AbortController();
    const socket = await serverThat(mn, () => stop.abort());
    const control = qmpControl({ kind: 'qmp', socket }, { limit: 20_000, signal: stop.signal });
    await expect(control.state()).rejects.toThrow(failure('ERR_STATELITE_HARDWARE', 'interrupted'));
  });
});

async function serverThat(
  { directory }: Management,
  behave: (socket: Socket) => unknown,
): Promise<string> {
  const path = join(directory, 'fake-qmp');
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    behave(socket);
  }).listen(path);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return path;
}
