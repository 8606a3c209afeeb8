import { setTimeout as sleep } from 'node:timers/promises';
import { StateliteError } from '../../agent/errors.ts';
import { attach, type Seat } from './attach.ts';
import type { Hello } from './greeting.ts';
import { type ConsoleServer, startConsoleServer, type ConsoleServerDeps } from './server.ts';

/**
 * Milliseconds: from one try to the next, when a server that goes away and none yet overlap; until there
 * must be one that listens; until it must have welcomed somebody, for it asks the tables.
 */
const usual = { again: 200, server: 5000, welcome: 15_000 };

/**
 * Sits somebody down at the console of a node. Where no console server runs, this process is it until
 * he leaves: others who come meanwhile are let in, and when he leaves one of them takes over. So a
 * console that is looked at is recorded, and a service records all of them all the time. Rejects with
 * ERR_STATELITE_HARDWARE if there is a server that lets nobody in.
 */
export async function sit(
  hello: Hello,
  seat: Seat,
  deps: ConsoleServerDeps,
  signal: AbortSignal,
  { again, server, welcome } = usual,
): Promise<void> {
  let own: ConsoleServer | undefined;
  let since = Date.now();
  const raw = (isRaw: boolean) => {
    since = Date.now();
    seat.raw(isRaw);
  };
  try {
    while (!signal.aborted) {
      const patience = { limit: welcome, signal };
      const parted = await attach(deps.places.socket, hello, { ...seat, raw }, patience);
      if (parted === 'left') return;
      if (parted === undefined && own === undefined) {
        own = await startConsoleServer(deps);
        if (own !== undefined) continue;
      }
      // Somebody else is becoming the server, or has just ceased to be.
      if (Date.now() - since > server) throw silent(deps);
      await sleep(again);
    }
  } finally {
    await own?.close();
  }
}

function silent({ places }: ConsoleServerDeps): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_HARDWARE',
    'another process is the console server but does not answer',
    { hint: `end it: lslocks names it beside ${places.lock}; or restart statelite-consoles` },
  );
}
