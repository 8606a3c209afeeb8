import type { Client } from 'pg';

/** Hears of commits, on a connection of its own that is made again when it breaks. */
export interface VersionListener {
  /** The version after the newest commit; undefined while nothing is heard: ask then. */
  version(): Promise<string | undefined>;
  /** This process has committed: what was heard before is old. */
  forget(): void;
  close(): Promise<void>;
}

/** How long silence is taken for no commit; a connection can be dead without a word. */
const trust = 5000;
/** Between two attempts to connect, in milliseconds. */
const pause = 1000;

/**
 * `open` gives a connected client, whose queries have a time limit. Connects when it is first asked
 * for the version. The revision is asked for on the same connection, so that the answer and what is
 * heard come in the order of the commits.
 */
export function listenForVersion(open: () => Promise<Client>): VersionListener {
  let client: Client | undefined;
  let opening: Promise<void> | undefined;
  let nextOpening = 0;
  let version: string | undefined;
  let heardAt = 0;
  let forgotten = 0;
  let asking: Promise<void> | undefined;
  let isClosed = false;

  const hear = (revision: string | undefined) => {
    version = revision;
    heardAt = performance.now();
  };
  const drop = async (broken: Client) => {
    if (client === broken) client = undefined;
    await broken.end();
  };
  const connect = async () => {
    nextOpening = performance.now() + pause;
    const opened = await open();
    opened.on('error', () => void drop(opened));
    opened.on('notification', ({ payload }) => hear(payload));
    if (isClosed) return drop(opened);
    await opened.query('LISTEN statelite');
    version = undefined;
    client = opened;
  };
  const ask = async (listening: Client) => {
    const before = forgotten;
    const { rows } = await listening.query<{ revision: string }>(
      'SELECT revision FROM store_version',
    );
    if (before === forgotten) hear(rows[0]?.revision);
  };

  return {
    async version() {
      if (client === undefined) {
        if (opening === undefined && performance.now() >= nextOpening) {
          // Whoever asks instead hears what is wrong with the server.
          opening = connect().catch(() => {});
          void opening.finally(() => (opening = undefined));
        }
        return undefined;
      }
      if (version === undefined || performance.now() - heardAt > trust) {
        const listening = client;
        version = undefined;
        asking ??= ask(listening).catch(() => drop(listening));
        await asking.finally(() => (asking = undefined));
      }
      return version;
    },
    forget() {
      forgotten += 1;
      version = undefined;
    },
    async close() {
      isClosed = true;
      await opening;
      await client?.end();
    },
  };
}
