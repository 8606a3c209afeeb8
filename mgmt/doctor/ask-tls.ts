import { request } from 'node:http';
import { connect } from 'node:tls';
import { patience, type Target } from './ask-tcp.ts';

/** What the TLS port answered to a question for its health. */
export type TlsAnswer =
  | { readonly kind: 'refused' }
  | { readonly kind: 'silent' }
  /** A connection, but no TLS or no HTTP over it. */
  | { readonly kind: 'failed'; readonly why: string }
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** SHA-256, as X509Certificate.fingerprint256 has it. */
      readonly fingerprint: string;
    };

/** Asks the daemon for its health, as its own API has it (docs/protocol.md). */
export async function askTls({ host, port }: Target): Promise<TlsAnswer> {
  return new Promise((resolve) => {
    // Which certificate it is, is judged from the fingerprint.
    const socket = connect({ host, port, ALPNProtocols: ['http/1.1'], rejectUnauthorized: false });
    const end = (answer: TlsAnswer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(patience, () => end({ kind: 'silent' }));
    socket.on('error', (error: Error & { code?: string }) =>
      end(
        error.code === 'ECONNREFUSED'
          ? { kind: 'refused' }
          : { kind: 'failed', why: error.message },
      ),
    );
    socket.once('secureConnect', () => {
      const { fingerprint256: fingerprint = '' } = socket.getPeerX509Certificate() ?? {};
      const health = request(
        { path: '/v1/health', headers: { Host: host }, createConnection: () => socket },
        (response) => {
          response.resume();
          end({ kind: 'answered', status: response.statusCode ?? 0, fingerprint });
        },
      );
      health.on('error', (error) => end({ kind: 'failed', why: error.message }));
      health.end();
    });
  });
}
