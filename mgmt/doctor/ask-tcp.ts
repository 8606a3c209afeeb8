import { connect } from 'node:net';

/** How long a server may take to answer, in milliseconds. */
export const patience = 4000;

/** A place that is asked. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** What came of a connection. */
export type TcpAnswer =
  | { readonly kind: 'refused' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'failed'; readonly why: string }
  /** `text` is the first that it said; undefined if it closed without a word. */
  | { readonly kind: 'answered'; readonly text: string | undefined };

/** Connects, and waits for the first words or the end of the connection. Sends nothing. */
export async function askTcp({ host, port }: Target): Promise<TcpAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: TcpAnswer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(patience, () => end({ kind: 'silent' }));
    socket.once('data', (bytes) => end({ kind: 'answered', text: bytes.toString('latin1') }));
    socket.once('end', () => end({ kind: 'answered', text: undefined }));
    socket.once('error', (error) => end(tcpFailure(error)));
  });
}

/** Why a connection came to nothing. */
export function tcpFailure(error: Error & { code?: string }): TcpAnswer {
  if (error.code === 'ECONNREFUSED') return { kind: 'refused' };
  // Closed without a word, by a server that does not know this machine.
  if (error.code === 'ECONNRESET') return { kind: 'answered', text: undefined };
  return { kind: 'failed', why: error.message };
}
