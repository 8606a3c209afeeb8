import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { ConsoleAccess } from '../../../../mgmt/power/access.ts';
import { consoleDeps, sitDown } from '../../../helpers/console-lab.ts';
import { ipmiSim, simAccount } from '../../../helpers/ipmi-sim.ts';
import { tempRoot } from '../../../helpers/tree.ts';
import { eventually } from '../../../helpers/eventually.ts';

/** A controller that has the serial port of its node on a TCP port; the node prints what a test says. */
async function lab() {
  const root = await tempRoot();
  onTestFinished(() => root[Symbol.asyncDispose]());
  let line: Socket | undefined;
  let typed = '';
  const server = createServer((socket) => {
    line = socket.on('error', () => {}).on('data', (bytes) => (typed += bytes.toString('latin1')));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const sim = await ipmiSim(root.path, { serial: address.port });
  onTestFinished(async () => {
    await sim[Symbol.asyncDispose]();
    line?.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  await eventually(() => line !== undefined);
  const [bmc = ''] = sim.addresses;
  const access = (password: string): ConsoleAccess => ({
    kind: 'ipmi',
    bmc,
    port: undefined,
    tries: 1,
    wait: 1,
    username: simAccount.username,
    password,
  });
  return {
    path: root.path,
    access,
    typed: () => typed,
    print: (bytes: Uint8Array | string) => void line?.write(bytes),
  };
}

test('serial over LAN carries what is printed and typed, whatever the bytes', async () => {
  const { path, access, typed, print } = await lab();
  const deps = consoleDeps(path, () => access(simAccount.password));
  const writer = sitDown(deps, 'n1', 'write');
  await writer.sees('Console up');
  const reader = sitDown(deps, 'n1', 'spy');
  await reader.sees('n1: read only');
  print('login: ');
  await Promise.all([writer.sees('login: '), reader.sees('login: ')]);
  // Both would end a bare ipmitool or virsh; here they are for the node.
  const keys = 'root\r~.\r~?\u001D\u0003\u0001é\r';
  writer.type(keys);
  await eventually(() => typed().length >= Buffer.byteLength(keys));
  expect(Buffer.from(typed(), 'latin1').toString()).toBe(keys);
  print(Uint8Array.of(0x00, 0xff, 0xfe, 0x1b));
  print('\r\nstill there');
  await reader.sees('still there');
});

test('serial over LAN that refuses the password says so, and is tried again later', async () => {
  const { path, access } = await lab();
  const reader = sitDown(
    consoleDeps(path, () => access('falsch')),
    'n1',
    'spy',
  );
  await reader.sees('Console down: the controller');
  expect(reader.seen()).toContain('does not take the password for admin');
  expect(reader.seen()).not.toContain('falsch');
});

test('serial over LAN is taken from whoever has it', async () => {
  const { path, access, print } = await lab();
  const deps = (state: string) =>
    consoleDeps(`${path}/${state}`, () => access(simAccount.password));
  const elsewhere = sitDown(deps('a'), 'n1', 'spy');
  await elsewhere.sees('Console up');
  const here = sitDown(deps('b'), 'n1', 'spy');
  await here.sees('Console up');
  print('hello');
  await here.sees('hello');
  expect(elsewhere.seen()).not.toContain('hello');
});
