import { duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { openQmp, type Qmp } from '../../../vm/qmp.ts';

interface Request {
  execute: string;
  arguments: object;
  id: number;
}

/** A QEMU that answers each command with what `answer` says. */
async function connect(answer: (request: Request) => object | undefined) {
  const [ours, theirs] = duplexPair();
  theirs.write('{"QMP": {"version": {}, "capabilities": []}}\r\n');
  theirs.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter((part) => part !== '')) {
      const request: Request = JSON.parse(line);
      const reply = request.execute === 'qmp_capabilities' ? { return: {} } : answer(request);
      if (reply !== undefined) theirs.write(`${JSON.stringify({ ...reply, id: request.id })}\r\n`);
    }
  });
  const qmp: Qmp = await openQmp(ours);
  return { qmp, qemu: theirs, hangUp: () => ours.destroy() };
}

test('a command resolves with its own answer', async () => {
  const { qmp } = await connect(({ execute, arguments: args }) => ({ return: { execute, args } }));
  const [status, migrate] = await Promise.all([
    qmp.command('query-status'),
    qmp.command('migrate', { uri: 'exec:cat' }),
  ]);
  expect(status).toEqual({ execute: 'query-status', args: {} });
  expect(migrate).toEqual({ execute: 'migrate', args: { uri: 'exec:cat' } });
});

test('a refused command fails with the words of QEMU', async () => {
  const { qmp } = await connect(() => ({
    error: { class: 'GenericError', desc: 'no such device' },
  }));
  await expect(qmp.command('device_del')).rejects.toThrow('QEMU: no such device');
});

test('an event is waited for by its name, also when it comes in pieces', async () => {
  const { qmp, qemu } = await connect(() => undefined);
  const reset = qmp.event('RESET');
  qemu.write('{"event": "SHUTDOWN", "data": {}}\r\n{"event": "RES');
  qemu.write('ET", "data": {"guest": true}}\r\n');
  expect(await reset).toEqual({ guest: true });
});

test('everything that waits ends when QEMU is gone', async () => {
  const { qmp, hangUp } = await connect(() => undefined);
  const waiting = [qmp.event('RESET'), qmp.command('query-status')];
  hangUp();
  for (const each of waiting) await expect(each).rejects.toThrow('closed its control socket');
  await expect(qmp.command('quit')).rejects.toThrow('closed its control socket');
});
