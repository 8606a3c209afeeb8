import type { Socket } from 'node:net';

/** Resolves when a connection is closed, also by whoever was killed: events.once() rejects for that. */
export async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return;
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}
