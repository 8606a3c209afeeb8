import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { AttachMode } from '../../mgmt/consoles/greeting.ts';
import { consolePlaces } from '../../mgmt/consoles/place.ts';
import { sit } from '../../mgmt/consoles/seat.ts';
import type { ConsoleServerDeps } from '../../mgmt/consoles/server.ts';
import type { ConsoleAccess } from '../../mgmt/power/access.ts';

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

/** Somebody who sits at a console. */
export interface Sitting {
  readonly seen: () => string;
  readonly sees: (text: string) => Promise<void>;
  readonly type: (text: string) => void;
  /** Resolves when he has left. */
  readonly left: Promise<void>;
  readonly stop: () => void;
}

/** Sits somebody down, as rcons does; he is gone with the test. */
export function sitDown(deps: ConsoleServerDeps, node: string, mode: AttachMode): Sitting {
  const input = new PassThrough();
  const output = new PassThrough();
  const stop = new AbortController();
  let seen = '';
  output.on('data', (bytes: Buffer) => (seen += bytes.toString()));
  const left = sit({ node, mode }, { input, output }, deps, stop.signal);
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
    left,
    stop: () => stop.abort(),
  };
}
