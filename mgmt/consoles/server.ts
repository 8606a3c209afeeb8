import { mkdir, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { StateliteError } from '../../agent/errors.ts';
import type { Logger } from '../../agent/log.ts';
import type { ConsoleAccess } from '../power/access.ts';
import { openDoor } from './door.ts';
import { firstLine } from './first-line.ts';
import { parseHello, type Welcome } from './greeting.ts';
import { type Line, openLine } from './line.ts';
import { lockFile } from './lock.ts';
import { openConsoleLog } from './log-file.ts';
import type { ConsolePlaces } from './place.ts';
import { serveReader } from './serve-reader.ts';

export interface ConsoleServerDeps {
  readonly places: ConsolePlaces;
  /** Where the console of a node is, as the tables have it now; throws if it has none. */
  readonly access: (node: string) => Promise<ConsoleAccess>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** Keeps consoles open, records them, and lets people in. */
export interface ConsoleServer {
  /** Opens the console of a node, to be recorded as long as the server runs. */
  readonly record: (node: string) => Promise<void>;
  /** Records it no longer; who looks at it goes on. */
  readonly forget: (node: string) => void;
  /** The nodes that are recorded. */
  readonly recorded: ReadonlySet<string>;
  readonly close: () => Promise<void>;
}

/** Milliseconds to say what one wants. */
const greetingTime = 5000;

/**
 * Starts the console server of a management node; undefined if there is one already. Only the user
 * who runs it can connect. A console that is not recorded all the time is closed with its last reader.
 */
export async function startConsoleServer(
  deps: ConsoleServerDeps,
): Promise<ConsoleServer | undefined> {
  const { places, log } = deps;
  await mkdir(places.directory, { recursive: true, mode: 0o700 });
  // Two that find no server must not both become it.
  const lock = await lockFile(places.lock);
  if (lock === undefined) return undefined;
  await rm(places.socket, { force: true }); // of one that was killed
  const lines = new Map<string, Line>();
  const recorded = new Set<string>();
  const sockets = new Set<Socket>();
  const lineOf = async (node: string): Promise<Line> => {
    const file = places.log(node);
    await deps.access(node); // refuses a node without a console
    const open =
      lines.get(node) ?? openLine(async () => deps.access(node), openConsoleLog(file, log.warn));
    lines.set(node, open);
    return open;
  };
  const letIn = async (socket: Socket): Promise<void> => {
    const hello = parseHello((await firstLine(socket, greetingTime)) ?? '');
    if (hello === undefined) return void socket.destroy();
    const { node, mode } = hello;
    const line = await lineOf(node);
    if (socket.destroyed) return closeIfIdle(node, line);
    log.info(`${node}: console attached, ${line.readers.size + 1} here`);
    await serveReader(socket, line, { node, mode });
    log.info(`${node}: console left, ${line.readers.size} here`);
    closeIfIdle(node, line);
  };
  const closeIfIdle = (node: string, line: Line) => {
    if (recorded.has(node) || line.readers.size > 0 || lines.get(node) !== line) return;
    lines.delete(node);
    line.close();
  };
  const greet = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket)); // 'close' is what counts
    letIn(socket).catch((error: unknown) => {
      if (!(error instanceof StateliteError)) throw error;
      const refusal: Welcome = { error: error.message, hint: error.hint };
      socket.end(`${JSON.stringify(refusal)}\n`);
    });
  };
  const door = await openDoor(places.socket, greet, log.warn);
  return {
    recorded,
    async record(node) {
      await lineOf(node);
      recorded.add(node);
    },
    forget(node) {
      recorded.delete(node);
      const line = lines.get(node);
      if (line !== undefined) closeIfIdle(node, line);
    },
    async close() {
      const open = [...lines.values()];
      lines.clear(); // so that nobody who leaves now closes one again
      for (const line of open) line.close();
      for (const socket of sockets) socket.destroy();
      await door[Symbol.asyncDispose]();
      lock[Symbol.dispose]();
    },
  };
}
