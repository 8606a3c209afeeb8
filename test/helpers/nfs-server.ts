import { type FakeServer, fakeServer } from './fake-server.ts';

/** Answers every RPC NULL call as an NFS server does. */
export async function nfsServer(): Promise<FakeServer> {
  return fakeServer((socket) => {
    socket.on('data', (call) => {
      // Record mark, xid, REPLY, accepted, no verifier (flavor and length), success.
      const words = [0x80000000 + 24, call.readUInt32BE(4), 1, 0, 0, 0, 0];
      const reply = Buffer.alloc(words.length * 4);
      for (const [index, word] of words.entries()) reply.writeUInt32BE(word, index * 4);
      // In two pieces, as a network may deliver it.
      socket.write(reply.subarray(0, 6));
      setImmediate(() => socket.write(reply.subarray(6)));
    });
  });
}
