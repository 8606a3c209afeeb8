import { type ConsoleServer, startConsoleServer, type ConsoleServerDeps } from './server.ts';
import { attach, type Seat } from './attach.ts';
import type { Hello } from './greeting.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds from one try to the next, when a server that goes away and none yet overlap. */
const again = 200;

/**
 * Sits somebody down at the console of a node. Where no console server runs, this process is it until
 * he leaves: others who come meanwhile are let in, and when he leaves one of them takes over. So a
 * console that is looked at is recorded, and a service records all of them all the time.
 */
export async function sit(
  hello: Hello,
  seat: Seat,
  deps: ConsoleServerDeps,
  signal: AbortSignal,
): Promise<void> {
  let own: ConsoleServer | undefined;
  try {
    while (!signal.aborted) {
      const parted = await attach(deps.places.socket, hello, seat, signal);
      if (parted === 'left') return;
      if (parted === undefined) own ??= await startConsoleServer(deps);
      // Somebody else is becoming the server, or has just ceased to be.
      if (own === undefined || parted === 'cut') await sleep(again);
    }
  } finally {
    await own?.close();
  }
}
