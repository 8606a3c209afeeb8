import { connect } from 'node:net';

const nfsPort = 2049;
const patience = 3000;

/** Whether a server answers where NFS servers do; undefined, or why not. */
export async function unreachable(server: string): Promise<string | undefined> {
  const host = server.replace(/^\[|\]$/gu, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: nfsPort, timeout: patience });
    const end = (why: string | undefined) => {
      socket.destroy();
      resolve(why);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end(`no answer on port ${nfsPort}`));
    socket.once('error', (error) => end(error.message));
  });
}
