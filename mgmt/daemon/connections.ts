import type { Socket } from 'node:net';
import type { Limits } from './limits.ts';

/** The open sockets of all listeners: how many there may be, and how they end. */
export interface Connections {
  /** To be called first for each accepted socket: destroys it if there are too many. */
  readonly admit: (socket: Socket) => void;
  /**
   * The socket owes its peer nothing, until the returned function is called; it need not make room
   * for so many milliseconds.
   */
  readonly waiting: (socket: Socket, spared?: number) => () => void;
  /** Destroys the socket after so many milliseconds, whatever it does. */
  readonly endAfter: (socket: Socket, milliseconds: number) => void;
  readonly count: () => number;
  /** Who has owed nothing since this moment of `performance.now`, the longest first. */
  readonly idleSince: (moment: number) => readonly Socket[];
  /** From now on a socket ends as soon as it owes nothing. */
  readonly drain: () => void;
  readonly destroyAll: () => void;
}

/** Why a connection was closed at once; `idle`: it made room for a newer one. */
export type Refusal = 'peer' | 'total' | 'idle' | 'draining';

interface Idle {
  readonly since: number;
  /** When it may be asked to make room. */
  readonly sparedUntil: number;
}

/**
 * When there are `limits.connections`, whoever waits longest without being owed an answer makes
 * room: a flood of connections that say nothing cannot keep out a node that asks.
 */
export function trackConnections(
  limits: Pick<Limits, 'perPeer' | 'connections'>,
  refused: (reason: Refusal) => void = () => {},
  failed: (error: Error) => void = () => {},
): Connections {
  const open = new Set<Socket>();
  /** Since when, in the order it came to be. */
  const idle = new Map<Socket, Idle>();
  const peers = new Map<string, number>();
  let draining = false;

  const refuse = (socket: Socket, reason: Refusal) => {
    refused(reason);
    socket.destroy();
  };
  const makeRoom = (): boolean => {
    const now = performance.now();
    for (const [socket, { sparedUntil }] of idle) {
      if (sparedUntil > now) continue;
      idle.delete(socket);
      refuse(socket, 'idle');
      return true;
    }
    return false;
  };

  return {
    admit(socket) {
      // Without a listener of their own, errors before one is there would end the daemon.
      socket.on('error', failed);
      const peer = socket.remoteAddress;
      // Gone before it was accepted: it has no address that it could be counted or known by.
      if (peer === undefined) return void socket.destroy();
      const count = peers.get(peer) ?? 0;
      if (draining) return refuse(socket, 'draining');
      if (count >= limits.perPeer) return refuse(socket, 'peer');
      if (open.size >= limits.connections && !makeRoom()) return refuse(socket, 'total');
      peers.set(peer, count + 1);
      open.add(socket);
      socket.once('close', () => {
        open.delete(socket);
        const left = (peers.get(peer) ?? 1) - 1;
        if (left > 0) peers.set(peer, left);
        else peers.delete(peer);
      });
    },
    waiting(socket, spared = 0) {
      if (draining) socket.destroy();
      const answers = () => void idle.delete(socket);
      if (!socket.destroyed) {
        idle.delete(socket); // it goes to the end
        const since = performance.now();
        idle.set(socket, { since, sparedUntil: since + spared });
        socket.once('close', answers);
      }
      return () => {
        socket.off('close', answers);
        answers();
      };
    },
    endAfter(socket, milliseconds) {
      const end = setTimeout(() => socket.destroy(), milliseconds);
      socket.once('close', () => clearTimeout(end));
    },
    count: () => open.size,
    idleSince(moment) {
      const longest: Socket[] = [];
      for (const [socket, { since }] of idle) {
        if (since > moment) break;
        longest.push(socket);
      }
      return longest;
    },
    drain() {
      draining = true;
      for (const socket of idle.keys()) socket.destroy();
    },
    destroyAll() {
      for (const socket of open) socket.destroy();
    },
  };
}
