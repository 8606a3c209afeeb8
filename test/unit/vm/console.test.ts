import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair, type Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openConsole, stampLines, type Console } from '../../../vm/console.ts';
import { milliseconds } from '../../../vm/patience.ts';

interface Line extends AsyncDisposable {
  readonly console: Console;
  /** The guest's end of the line. */
  readonly guest: Duplex;
  readonly log: string;
  hangUp(): void;
}

async function openLine(): Promise<Line> {
  const directory = await mkdtempDisposable(join(tmpdir(), 'statelite-'));
  const [host, guest] = duplexPair();
  const log = join(directory.path, 'console.log');
  const console = openConsole(host, { name: 'cn01', log, patience: milliseconds });
  const hangUp = () => void host.destroy();
  return { console, guest, log, hangUp, [Symbol.asyncDispose]: () => directory.remove() };
}

describe('sees', () => {
  test('resolves with the match, also when it was there before', async () => {
    await using line = await openLine();
    line.guest.write('Debian GNU/Linux 12 cn01 ttyS0\r\n\r\ncn01 login: ');
    expect((await line.console.sees(/(\w+) login:/))[1]).toBe('cn01');
  });

  test('waits for what comes in pieces', async () => {
    await using line = await openLine();
    const seen = line.console.sees('login:');
    line.guest.write('log');
    await turn();
    line.guest.write('in:');
    expect((await seen)[0]).toBe('login:');
  });

  test('takes a string literally', async () => {
    await using line = await openLine();
    line.guest.write('[  OK  ] Started a.b.');
    await expect(line.console.sees('aXb', { within: '1ms' })).rejects.toThrow('no aXb');
    expect((await line.console.sees('[  OK  ] Started a.b'))[0]).toBe('[  OK  ] Started a.b');
  });

  test('reads on behind what it has seen, like expect(1)', async () => {
    await using line = await openLine();
    line.guest.write('login: one\nlogin: two\n');
    expect((await line.console.sees(/login: (\w+)/))[1]).toBe('one');
    expect((await line.console.sees(/login: (\w+)/))[1]).toBe('two');
    await expect(line.console.sees('login:', { within: '1ms' })).rejects.toThrow('within 1ms');
  });

  test('from a position looks back without moving on', async () => {
    await using line = await openLine();
    line.guest.write('first\nsecond\n');
    await line.console.sees('second');
    await line.console.sees('first', { from: 0 });
    await expect(line.console.sees('second', { within: '1ms' })).rejects.toThrow('no second');
  });

  test('does not see what was there before a mark', async () => {
    await using line = await openLine();
    line.guest.write('login: ');
    await line.console.sees('login');
    line.guest.write('reboot: Restarting system\nlogin: ');
    await turn();
    line.console.mark();
    await expect(line.console.sees('login:', { within: '1ms' })).rejects.toThrow('no login:');
  });

  test('gives up with the last lines, control characters made visible', async () => {
    await using line = await openLine();
    line.guest.write('\x1b[2JKernel panic - not syncing: no init\r\n');
    await expect(line.console.sees('login:', { within: '1ms' })).rejects.toMatchObject({
      code: 'ERR_STATELITE_VM',
      message: expect.stringContaining('  | ^[[2JKernel panic - not syncing: no init'),
    });
  });

  test('gives up at once when the machine is gone', async () => {
    await using line = await openLine();
    const seen = line.console.sees('login:', { within: '60s' });
    line.hangUp();
    await expect(seen).rejects.toThrow('before the machine was gone');
    await expect(line.console.sees('login:')).rejects.toThrow('before the machine was gone');
  });
});

test('characters cut in two by the line are whole in the transcript', async () => {
  await using line = await openLine();
  const [a, b] = [Buffer.from('Gr\xc3', 'latin1'), Buffer.from('\xbc\xc3\x9fe', 'latin1')];
  line.guest.write(a);
  await turn();
  line.guest.write(b);
  await line.console.sees('Grüße');
  expect(line.console.transcript).toBe('Grüße');
});

test('what is typed at once arrives one after the other, in small pieces', async () => {
  await using line = await openLine();
  const pieces: string[] = [];
  line.guest.on('data', (piece: Buffer) => pieces.push(piece.toString()));
  await Promise.all([line.console.type('a'.repeat(20)), line.console.type('b\n')]);
  await turn();
  expect(pieces).toEqual(['a'.repeat(16), 'a'.repeat(4), 'b\n']);
});

test('the log has every byte, and the time at the start of each line', async () => {
  await using line = await openLine();
  line.guest.write('\x1bcone\r\ntw');
  line.guest.write(Buffer.from('o\xff\n', 'latin1'));
  await line.console.sees('\n', { from: 8 });
  const log = await readFile(line.log, 'latin1');
  const time = /^\d\d:\d\d:\d\d\.\d{3} /gm;
  expect(log.match(time)).toHaveLength(2);
  expect(log.replaceAll(time, '')).toBe('\x1bcone\r\ntwo\xff\n');
});

describe('stampLines', () => {
  test.for([
    ['one\ntwo\n', true, 'T one\nT two\n'],
    ['rest\nnext', false, 'rest\nT next'],
    ['\n\n', true, 'T \nT \n'],
    ['', true, ''],
  ] as const)('%j at a line start: %s', ([text, atLineStart, expected]) => {
    expect(stampLines(Buffer.from(text), atLineStart, 'T').toString()).toBe(expected);
  });
});
