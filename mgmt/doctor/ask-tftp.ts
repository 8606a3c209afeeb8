import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { FileAnswer } from './ask-http.ts';
import type { Target } from './ask-tcp.ts';

/** Asked again after each: a datagram may be lost. In milliseconds. */
const waits = [500, 1000, 2000];

/** RFC 1350: the kinds of packets. */
const opcodes = { read: 1, data: 3, error: 5 } as const;

/**
 * Asks a TFTP server for the first block of a file, and then tells it to stop. If `isLikely` is not
 * so, it is asked once only.
 */
export async function askTftp(
  { host, port }: Target,
  path: string,
  isLikely = true,
): Promise<FileAnswer> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const { promise, resolve } = Promise.withResolvers<FileAnswer>();
  socket.on('error', (error) => resolve({ kind: 'failed', why: error.message }));
  socket.on('message', (packet, from) => {
    if (packet.length >= 4 && packet.readUInt16BE(0) === opcodes.data) {
      // Without it the server would repeat the block for some time.
      socket.send(stop(), from.port, from.address, () => {
        resolve({ kind: 'served', bytes: packet.subarray(4) });
      });
    } else resolve({ kind: 'failed', why: errorOf(packet) });
  });
  try {
    for (const wait of isLikely ? waits : waits.slice(0, 1)) {
      socket.send(readRequest(path), port, host);
      const answer = await Promise.race([promise, setTimeout(wait, undefined)]);
      if (answer !== undefined) return answer;
    }
    return { kind: 'silent' };
  } finally {
    socket.close();
  }
}

function readRequest(path: string): Buffer {
  return Buffer.concat([opcode(opcodes.read), Buffer.from(`${path}\0octet\0`)]);
}

function stop(): Buffer {
  return Buffer.concat([opcode(opcodes.error), Buffer.from('\0\0that is enough\0', 'latin1')]);
}

function opcode(number: number): Buffer {
  return Buffer.from([0, number]);
}

/** `file not found`: what the server says, without what could forge lines. */
function errorOf(packet: Buffer): string {
  if (packet.length < 5 || packet.readUInt16BE(0) !== opcodes.error) return 'it answers no TFTP';
  const text = packet.subarray(4).toString('latin1').replace(/\0.*$/su, '');
  return `it answers: ${text.replaceAll(/[^\x20-\x7e]/gu, '?')}`;
}
