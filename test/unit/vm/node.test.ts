import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { openConsole } from '../../../vm/console.ts';
import type { Machine } from '../../../vm/machine.ts';
import { nodeOn, type Node } from '../../../vm/node.ts';
import { milliseconds } from '../../../vm/patience.ts';

/** Answers `run` as a shell that printed `output` would; remembers everything typed. */
class Guest {
  typed = '';
  output = '';
  status = 0;
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  takes(text: string): void {
    this.typed += text;
    const line = /[^\n]*\n$/.exec(this.typed)?.[0];
    if (line === undefined || !text.endsWith('\n')) return;
    const id = /gin (\d+)@@/.exec(line)?.[1];
    if (line === 'root\n') this.shows('\r\nroot@cn01:~# ');
    else if (line.includes('@@qu')) this.shows(`${line}@@quiet@@\r\n`);
    else if (id !== undefined) {
      this.shows(`${line}@@begin ${id}@@\r\n${this.output}@@end ${id} ${this.status}@@\r\n`);
    }
  }

  shows(text: string): void {
    this.#write(text);
  }
}

interface Stage extends AsyncDisposable {
  readonly node: Node;
  readonly guest: Guest;
  readonly resets: () => void;
}

async function bootGuest(): Promise<Stage> {
  const directory = await mkdtempDisposable(join(tmpdir(), 'statelite-'));
  const [host, line] = duplexPair();
  const guest = new Guest((text) => line.write(text));
  line.setEncoding('utf8').on('data', (text: string) => guest.takes(text));
  const log = join(directory.path, 'log');
  const reset = Promise.withResolvers<unknown>();
  const machine: Machine = {
    name: 'cn01',
    pid: 0,
    console: openConsole(host, { name: 'cn01', log, patience: milliseconds }),
    qmp: { command: async () => ({}), event: () => reset.promise },
    patience: milliseconds,
    isRunning: true,
    ended: new Promise(() => {}),
    powerCycle: async () => {},
    kill: async () => {},
    release: () => {},
  };
  return {
    node: nodeOn(machine),
    guest,
    resets: () => reset.resolve({}),
    [Symbol.asyncDispose]: () => directory.remove(),
  };
}

test('run logs in once, then gives what each command prints', async () => {
  await using stage = await bootGuest();
  const { node, guest } = stage;
  guest.shows('cn01 login: ');
  guest.output = 'hello\r\n';
  expect(await node.run('cat /etc/motd')).toBe('hello\n');
  expect(await node.run('cat /etc/motd')).toBe('hello\n');
  expect(guest.typed.match(/^root$/gm)).toHaveLength(1);
});

test('run finds the login prompt also when the story has seen it before', async () => {
  await using stage = await bootGuest();
  const { node, guest } = stage;
  guest.shows('cn01 login: ');
  await node.sees('login:');
  expect(await node.run('true')).toBe('');
});

test('run fails with the command’s output, tryRun gives the status', async () => {
  await using stage = await bootGuest();
  const { node, guest } = stage;
  guest.shows('cn01 login: ');
  guest.output = 'no such file\r\n';
  guest.status = 1;
  await expect(node.run('cat /x')).rejects.toThrow('"cat /x" exited with 1:\nno such file');
  expect(await node.tryRun('cat /x')).toEqual({ output: 'no such file\n', status: 1 });
});

test('what the console showed before a run can still be seen after it', async () => {
  await using stage = await bootGuest();
  const { node, guest } = stage;
  guest.shows('statelite: 14 entries in place\r\ncn01 login: ');
  await node.run('true');
  expect((await node.sees('14 entries'))[0]).toBe('14 entries');
});

test('a shell of the initramfs needs no login, and the boot has one after it', async () => {
  await using stage = await bootGuest();
  const { node, guest } = stage;
  guest.shows('statelite: shell 1, exit to go on\r\n~ # ');
  await node.atShell('~ # ');
  await node.run('true');
  expect(guest.typed).not.toContain('root\n');
  await node.leaveShell();
  expect(guest.typed).toMatch(/\nexit\n$/);

  guest.shows('cn01 login: ');
  await node.run('true');
  expect(guest.typed).toContain('root\n');
});

test('after a reboot the next command waits for the next login', async () => {
  await using stage = await bootGuest();
  const { node, guest, resets } = stage;
  guest.shows('cn01 login: ');
  await node.run('true');
  resets();
  await node.reboot();
  expect(guest.typed).toMatch(/\nreboot\n$/);

  const answer = node.run('true');
  guest.shows('cn01 login: ');
  await answer;
  expect(guest.typed.match(/^root$/gm)).toHaveLength(2);
});
