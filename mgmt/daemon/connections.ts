import type { Socket } from 'node:net';

/** The open sockets of all listeners: how many a peer may have, and how they end. */
export interface Connections {
  /** To be called first for each accepted socket: destroys it if its peer has too many. */
  readonly admit: (socket: Socket) => void;
  /** The socket owes its peer nothing, until the returned function is called. */
  readonly waiting: (socket: Socket) => () => void;
  /** From now on a socket ends as soon as it owes nothing. */
  readonly drain: () => void;
  readonly destroyAll: () => void;
}

/** @param perPeer Connections that one address may have open at a time. */
export function trackConnections(perPeer: number): Connections {
  const open = new Set<Socket>();
  const idle = new Set<Socket>();
  const peers = new Map<string, number>();
  let draining = false;

  return {
    admit(socket) {
      const peer = socket.remoteAddress ?? '';
      const count = peers.get(peer) ?? 0;
      if (draining || count >= perPeer) {
        socket.destroy();
        return;
      }
      peers.set(peer, count + 1);
      open.add(socket);
      socket.once('close', () => {
        open.delete(socket);
        const left = (peers.get(peer) ?? 1) - 1;
        if (left > 0) peers.set(peer, left);
        else peers.delete(peer);
      });
    },
    waiting(socket) {
      if (draining) socket.destroy();
      const answers = () => void idle.delete(socket);
      if (!socket.destroyed) {
        idle.add(socket);
        socket.once('close', answers);
      }
      return () => {
        socket.off('close', answers);
        answers();
      };
    },
    drain() {
      draining = true;
      for (const socket of idle) socket.destroy();
    },
    destroyAll() {
      for (const socket of open) socket.destroy();
    },
  };
}
