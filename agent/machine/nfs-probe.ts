import { connect } from 'node:net';
import { StateliteError } from '../errors.ts';

const nfsProgram = 100_003;

/**
 * Asks an NFS server for nothing (RPC NULL over TCP, RFC 5531): a mount(2) of a server that accepts and
 * then says nothing never returns, this does. Throws ERR_STATELITE_NFS with the reason.
 */
export async function probeNfs(
  address: string,
  port: number,
  version: 3 | 4,
  milliseconds: number,
): Promise<void> {
  const xid = Math.floor(Math.random() * 0x7fffffff);
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const socket = connect({ host: address, port });
  const timer = setTimeout(() => reject(new Error(silence(socket.connecting))), milliseconds);
  const chunks: Buffer[] = [];
  socket.on('connect', () => socket.write(nullCall(xid, version)));
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('it closed the connection')));
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    const answer = Buffer.concat(chunks);
    if (answer.length < 8) return;
    if (answer.readUInt32BE(4) === xid) resolve(undefined);
    else reject(new Error('it answered something that is not NFS'));
  });
  try {
    await promise;
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_NFS', `no NFS server answers at ${address}:${port}`, {
      cause,
      hint: 'is the NFS server running, and does the network let the node reach it?',
    });
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

function silence(connecting: boolean): string {
  return connecting ? 'no answer to the connection' : 'it accepts connections and says nothing';
}

/** Record mark, then call: xid, CALL, RPC 2, program, version, procedure 0, no credentials. */
function nullCall(xid: number, version: number): Buffer {
  const words = [0x80000000 + 40, xid, 0, 2, nfsProgram, version, 0, 0, 0, 0, 0];
  const call = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) call.writeUInt32BE(word, index * 4);
  return call;
}
