import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { patience } from './ask-tcp.ts';

const rpcbindPort = 111;
/** Program and version numbers of RFC 1833 and RFC 1813. */
const portmapper = { program: 100_000, version: 2, getPort: 3 } as const;
const mountd = { program: 100_005, version: 3 } as const;
const tcp = 6;

/** Whether rpcbind of a server knows a mountd for NFSv3 by TCP. */
export async function askMountd(
  host: string,
  port = rpcbindPort,
): Promise<'registered' | 'missing' | 'no rpcbind'> {
  return new Promise((resolve) => {
    const id = randomBytes(4);
    const socket = connect({ host, port });
    const end = (answer: 'registered' | 'missing' | 'no rpcbind') => {
      socket.destroy();
      resolve(answer);
    };
    let received = Buffer.alloc(0);
    socket.setTimeout(patience, () => end('no rpcbind'));
    socket.on('error', () => end('no rpcbind'));
    socket.on('end', () => end('no rpcbind'));
    socket.once('connect', () => socket.write(request(id)));
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < replySize) return;
      const isReply = received.subarray(4, 8).equals(id) && received.readUInt32BE(24) === 0;
      if (!isReply) end('no rpcbind');
      else end(received.readUInt32BE(28) === 0 ? 'missing' : 'registered');
    });
  });
}

/** Record mark, id, reply, accepted, empty verifier (2), success, the port. */
const replySize = 8 * 4;

/** A call of RFC 5531 in one record, without credentials. */
function request(id: Buffer): Buffer {
  const { program, version, getPort } = portmapper;
  const call = [0, 2, program, version, getPort, 0, 0, 0, 0];
  const words = [...call, mountd.program, mountd.version, tcp, 0];
  const body = Buffer.alloc(4 + 4 * words.length);
  id.copy(body);
  words.forEach((word, index) => body.writeUInt32BE(word, 4 + 4 * index));
  const mark = Buffer.alloc(4);
  mark.writeUInt32BE((0x8000_0000 | body.length) >>> 0);
  return Buffer.concat([mark, body]);
}
