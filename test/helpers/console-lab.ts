import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { onTestFinished } from 'vitest';
import { StateliteError } from '../../agent/errors.ts';
import type { AttachMode } from '../../mgmt/consoles/greeting.ts';
import { consolePlaces } from '../../mgmt/consoles/place.ts';
import { sit } from '../../mgmt/consoles/seat.ts';
import {
  type ConsoleServer,
  type ConsoleServerDeps,
  startConsoleServer,
} from '../../mgmt/consoles/server.ts';
import type { ConsoleAccess } from '../../mgmt/power/access.ts';
import { tempRoot } from './tree.ts';

/** The serial port of a node, as QEMU has it: a socket that serves one at a time. */
export interface Serial extends AsyncDisposable {
  readonly path: string;
  /** What was typed so far. */
  readonly typed: () => string;
  readonly print: (text: string) => void;
  /** Somebody is connected. */
  readonly connected: () => boolean;
  readonly hangUp: () => void;
}

export async function serialPort(directory: string, name = 'serial'): Promise<Serial> {
  const path = join(directory, name);
  let current: Socket | undefined;
  let typed = '';
  const server = createServer((socket) => {
    current = socket.on('error', () => {}).on('data', (bytes) => (typed += bytes.toString()));
    socket.on('close', () => (current = undefined));
  }).listen(path);
  await once(server, 'listening');
  const serial: Serial = {
    path,
    typed: () => typed,
    print: (text) => void current?.write(text),
    connected: () => current !== undefined,
    hangUp: () => current?.destroy(),
    async [Symbol.asyncDispose]() {
      current?.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  onTestFinished(() => serial[Symbol.asyncDispose]());
  return serial;
}

/** What a console server of a test needs; `nodes` says where their consoles are. */
export function consoleDeps(
  state: string,
  access: (node: string) => ConsoleAccess,
): ConsoleServerDeps {
  return {
    places: consolePlaces(state),
    access: async (node) => access(node),
    log: { info: () => {}, warn: () => {} },
  };
}

/** A node n1 with a serial port, and the state of a management node. */
export async function consoleLab() {
  const root = await tempRoot();
  onTestFinished(() => root[Symbol.asyncDispose]());
  const serial = await serialPort(root.path);
  const deps = consoleDeps(root.path, (node) => {
    if (node !== 'n1') throw new StateliteError('ERR_STATELITE_HARDWARE', `no console of ${node}`);
    return { kind: 'socket', socket: serial.path };
  });
  const log = async () => readFile(deps.places.log('n1'), 'utf8');
  return { serial, deps, log, path: root.path };
}

/** The console server of a test, closed with it. */
export async function consoleServer(deps: ConsoleServerDeps): Promise<ConsoleServer> {
  const started = await startConsoleServer(deps);
  if (started === undefined) throw new Error('there is a console server already');
  onTestFinished(() => started.close());
  return started;
}

/** Somebody who sits at a console. */
export interface Sitting {
  readonly seen: () => string;
  readonly sees: (text: string) => Promise<void>;
  readonly type: (text: string) => void;
  /** Whether all that is typed is for the node: what the terminal was told so far. */
  readonly raws: readonly boolean[];
  /** Resolves when he has left. */
  readonly left: Promise<void>;
  readonly stop: () => void;
}

/** Sits somebody down, as rcons does, and as patient unless `times` says otherwise; he is gone with the test. */
export function sitDown(
  deps: ConsoleServerDeps,
  node: string,
  mode: AttachMode,
  times?: Parameters<typeof sit>[4],
): Sitting {
  const input = new PassThrough();
  const output = new PassThrough();
  const stop = new AbortController();
  let seen = '';
  const raws: boolean[] = [];
  const raw = (isRaw: boolean) => void raws.push(isRaw);
  output.on('data', (bytes: Buffer) => (seen += bytes.toString()));
  const left = sit({ node, mode }, { input, output, raw }, deps, stop.signal, times);
  left.catch(() => {}); // a test that wants the error awaits it
  onTestFinished(async () => {
    stop.abort();
    await left.catch(() => {});
  });
  return {
    seen: () => seen,
    sees: async (text) => {
      while (!seen.includes(text)) await once(output, 'data');
    },
    type: (text) => void input.write(text),
    raws,
    left,
    stop: () => stop.abort(),
  };
}
