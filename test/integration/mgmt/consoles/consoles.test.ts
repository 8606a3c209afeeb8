import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startConsoleServer } from '../../../../mgmt/consoles/server.ts';
import {
  consoleLab as lab,
  consoleServer as server,
  serialPort,
  sitDown,
} from '../../../helpers/console-lab.ts';
import { failure } from '../../../helpers/rows.ts';
import { eventually } from '../../../helpers/eventually.ts';

describe('a console', () => {
  test('is shown to all, written to by one, and recorded', async () => {
    const { serial, deps, log } = await lab();
    await server(deps);
    const writer = sitDown(deps, 'n1', 'write');
    await writer.sees('Console up');
    const reader = sitDown(deps, 'n1', 'write');
    await reader.sees('n1: read only');
    serial.print('login: ');
    await Promise.all([writer.sees('login: '), reader.sees('login: ')]);
    reader.type('halt\r');
    writer.type('root\r');
    await eventually(() => serial.typed().includes('root'));
    expect(serial.typed()).toBe('root\r');
    expect(await log()).toMatch(/Console up[\s\S]*login: $/u);
  });

  test('shows who comes what was last printed', async () => {
    const { serial, deps } = await lab();
    await server(deps);
    const first = sitDown(deps, 'n1', 'spy');
    await first.sees('Console up');
    serial.print('Kernel panic');
    await first.sees('Kernel panic');
    const second = sitDown(deps, 'n1', 'spy');
    await second.sees('Kernel panic');
    expect(second.seen().indexOf('panic')).toBeLessThan(second.seen().indexOf('n1: read only'));
  });

  test('can be taken over, given up, and left by escapes', async () => {
    const { serial, deps } = await lab();
    await server(deps);
    const first = sitDown(deps, 'n1', 'write');
    await first.sees('n1: you write');
    const second = sitDown(deps, 'n1', 'write');
    await second.sees('n1: read only');
    second.type('\u0005ca');
    await second.sees('somebody writes, ^Ecf takes over');
    second.type('\u0005cf');
    await second.sees('[you write]');
    first.type('no');
    second.type('yes\u0005cs');
    await second.sees('[read only]');
    first.type('\u0005cw');
    await first.sees('2 here, nobody writes');
    first.type('\u0005c?');
    await first.sees('^Ec.   leave');
    first.type('\u0005cx');
    await first.sees('^Ec? lists them');
    first.type('\u0005c.');
    await first.left;
    expect(serial.typed()).toBe('yes');
  });

  test('is taken over at once by who comes with force', async () => {
    const { serial, deps } = await lab();
    await server(deps);
    const first = sitDown(deps, 'n1', 'write');
    await first.sees('n1: you write');
    const second = sitDown(deps, 'n1', 'force');
    await second.sees('n1: you write');
    await first.sees('somebody took over, ^Ecf takes it back');
    first.type('no');
    second.type('yes');
    await eventually(() => serial.typed() !== '');
    expect(serial.typed()).toBe('yes');
  });

  test('tells those who stay that nobody writes any longer', async () => {
    const { serial, deps } = await lab();
    await server(deps);
    const writer = sitDown(deps, 'n1', 'write');
    await writer.sees('n1: you write');
    const reader = sitDown(deps, 'n1', 'write');
    await reader.sees('n1: read only');
    writer.type('\u0005c.');
    await reader.sees('nobody writes now, ^Eca does');
    reader.type('\u0005ca');
    await reader.sees('[you write]');
    reader.type('mine');
    await eventually(() => serial.typed() !== '');
    expect(serial.typed()).toBe('mine');
  });

  test('is opened where the tables have it by then', async () => {
    const { serial, deps, path } = await lab();
    let place = serial;
    const moved = await serialPort(path, 'moved');
    const access = async () => ({ kind: 'socket', socket: place.path }) as const;
    await server({ ...deps, access });
    const reader = sitDown(deps, 'n1', 'spy');
    await reader.sees('Console up');
    place = moved;
    serial.hangUp();
    await eventually(() => moved.connected());
    expect(serial.connected()).toBe(false);
  });

  test('is closed with its last reader, so that others can have it', async () => {
    const { serial, deps } = await lab();
    await server(deps);
    const only = sitDown(deps, 'n1', 'write');
    await only.sees('Console up');
    expect(serial.connected()).toBe(true);
    only.stop();
    await only.left;
    await eventually(() => !serial.connected());
  });

  test('that is recorded stays open without readers', async () => {
    const { serial, deps, log } = await lab();
    const { record } = await server(deps);
    await record('n1');
    await eventually(() => serial.connected());
    const reader = sitDown(deps, 'n1', 'spy');
    await reader.sees('n1: read only');
    reader.stop();
    await reader.left;
    serial.print('nobody looks');
    await eventually(async () => (await log()).includes('nobody looks'));
    expect(serial.connected()).toBe(true);
  });

  test('that hangs up is opened again', async () => {
    const { serial, deps } = await lab();
    await server(deps);
    const reader = sitDown(deps, 'n1', 'spy');
    await reader.sees('Console up');
    serial.hangUp();
    await reader.sees('Console down: QEMU closed it');
    await eventually(() => serial.connected());
    serial.print('again');
    await reader.sees('again');
    expect(reader.seen().match(/Console up/gu)).toHaveLength(2);
  });

  test('that is not there says so, and to the log', async () => {
    const { serial, deps, log } = await lab();
    await serial[Symbol.asyncDispose]();
    await server(deps);
    const reader = sitDown(deps, 'n1', 'spy');
    await reader.sees('Console down: nothing listens at');
    expect(await log()).toContain('Console down');
  });

  test('of a node without one is refused, with the reason', async () => {
    const { deps } = await lab();
    await server(deps);
    const nobody = sitDown(deps, 'n2', 'write');
    await expect(nobody.left).rejects.toThrow(
      failure('ERR_STATELITE_HARDWARE', 'no console of n2'),
    );
  });
});

describe('without a console server', () => {
  test('whoever comes first is it, and the next takes over', async () => {
    const { serial, deps } = await lab();
    const first = sitDown(deps, 'n1', 'write');
    await first.sees('n1: you write');
    const second = sitDown(deps, 'n1', 'write');
    await second.sees('n1: read only');
    first.type('\u0005c.');
    await first.left;
    await second.sees('n1: you write');
    second.type('mine');
    await eventually(() => serial.typed() !== '');
    expect(serial.typed()).toBe('mine');
  });

  test('two who come at the same time share it', async () => {
    const { serial, deps } = await lab();
    const both = [sitDown(deps, 'n1', 'write'), sitDown(deps, 'n1', 'write')];
    await Promise.all(both.map(({ sees }) => sees('n1: ')));
    await eventually(() => serial.connected());
    serial.print('both');
    await Promise.all(both.map(({ sees }) => sees('both')));
    const rights = both.map(({ seen }) => seen().includes('n1: you write'));
    expect(new Set(rights)).toEqual(new Set([false, true]));
  });
});

describe('the console server', () => {
  test('is one, whatever a killed one left', async () => {
    const { deps } = await lab();
    const first = await server(deps);
    expect(await startConsoleServer(deps)).toBeUndefined();
    await first.close();
    await writeFile(deps.places.socket, '');
    await server(deps);
  });

  test('lets only its own user in', async () => {
    const { deps } = await lab();
    await server(deps);
    expect((await stat(deps.places.socket)).mode & 0o077).toBe(0);
    expect((await stat(deps.places.directory)).mode & 0o077).toBe(0);
  });

  test.for([
    ['no JSON', 'rubbish\n'],
    ['too much', 'x'.repeat(5000)],
    ['not what he comes for', '{"node": "n1"}\n'],
  ] as const)('closes on who says %s', async ([, said]) => {
    const { deps } = await lab();
    await server(deps);
    const socket = connect(deps.places.socket).on('error', () => {});
    socket.write(said);
    socket.resume();
    await once(socket, 'close');
    expect(socket.bytesRead).toBe(0);
  });

  test('lives on when somebody is gone in the midst of what he is told', async () => {
    const { serial, deps } = await lab();
    const { record } = await server(deps);
    await record('n1');
    await eventually(() => serial.connected());
    const gone = connect(deps.places.socket).on('error', () => {});
    gone.write('{"node": "n1", "mode": "write"}\n');
    await once(gone, 'readable');
    serial.print('x'.repeat(256 * 1024));
    gone.destroy(); // with bytes unread, which the server is told as a reset
    const reader = sitDown(deps, 'n1', 'force');
    await reader.sees('n1: you write');
    reader.type('\u0005cw');
    await reader.sees('1 here, one writes');
    expect(serial.connected()).toBe(true);
  });

  test('sends somebody away who reads nothing while the node prints', async () => {
    const { serial, deps } = await lab();
    const { record } = await server(deps);
    await record('n1');
    await eventually(() => serial.connected());
    const stuck = connect(deps.places.socket).on('error', () => {});
    stuck.write('{"node": "n1", "mode": "spy"}\n');
    const closed = once(stuck, 'close');
    const reader = sitDown(deps, 'n1', 'spy');
    await reader.sees('n1: read only');
    const filler = `${'x'.repeat(64 * 1024)}\n`;
    for (let sent = 0; sent < 80; sent += 1) serial.print(filler);
    serial.print('the end');
    await reader.sees('the end');
    stuck.resume();
    await closed;
    expect(stuck.bytesRead).toBeLessThan(5 * 1024 * 1024);
  });
});

test('a log that is somewhere else by a link of a node name is not written', async () => {
  const { deps } = await lab();
  expect(() => deps.places.log(join('..', 'n1'))).toThrow(failure('ERR_STATELITE_HARDWARE'));
});
