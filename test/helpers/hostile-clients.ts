import { randomBytes, randomInt } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What people who are no nodes do to three ports; each returns when it is told to stop. */
export type Hostility = (ports: readonly number[], stop: AbortSignal) => Promise<void>;

/** Connections a second that say nothing, of many addresses, kept until the end. */
export const halfOpenFlood: Hostility = async (ports, stop) => {
  const open = new Set<Socket>();
  for (let count = 0; !stop.aborted; count += 1) {
    for (let each = 0; each < 20; each += 1) {
      const socket = from(`127.0.2.${1 + randomInt(60)}`, ports[count % ports.length] ?? 0);
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    }
    await sleep(100);
  }
  for (const socket of open) socket.destroy();
};

/** Bytes that mean nothing, or begin as if they did. */
export const garbage: Hostility = async (ports, stop) => {
  const begins = [
    '',
    '\x16\x03\x01\x02\x00',
    'GET / HTTP/1.1\r\n',
    'installstatus ',
    '<xcatrequest>',
  ];
  for (let count = 0; !stop.aborted; count += 1) {
    const socket = from('127.0.3.1', ports[count % ports.length] ?? 0);
    socket.write(Buffer.from(begins[randomInt(begins.length)] ?? '', 'latin1'));
    socket.write(randomBytes(randomInt(20_000)));
    await sleep(30);
    if (randomInt(2) === 0) socket.resetAndDestroy();
    else socket.destroy();
  }
};

/** Some who send a byte now and then, and read nothing. */
export const slowPeers: Hostility = async (ports, stop) => {
  const slow = async (index: number) => {
    while (!stop.aborted) {
      const socket = from(`127.0.4.${index + 1}`, ports[index % ports.length] ?? 0).pause();
      const text = 'GET /tftpboot/large HTTP/1.1\r\nHost: mn\r\n\r\n'.repeat(3);
      for (const byte of text) {
        if (socket.destroyed || stop.aborted) break;
        socket.write(byte);
        await sleep(100);
      }
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: 12 }, (_, index) => slow(index)));
};

function from(localAddress: string, port: number): Socket {
  return connect({ host: '127.0.0.1', port, localAddress }).on('error', () => {});
}
