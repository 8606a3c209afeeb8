import { get } from 'node:http';
import { patience, type Target, tcpFailure } from './ask-tcp.ts';

/** What a server of files gave. */
export type FileAnswer =
  | { readonly kind: 'refused' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'failed'; readonly why: string }
  /** The beginning of the file, 512 bytes at most. */
  | { readonly kind: 'served'; readonly bytes: Buffer };

/** So many bytes tell one boot file from another; it is also TFTP's block. */
export const compared = 512;

/** Fetches the beginning of a file by HTTP. */
export async function askHttp({ host, port }: Target, path: string): Promise<FileAnswer> {
  return new Promise((resolve) => {
    const headers = { Range: `bytes=0-${compared - 1}` };
    const asked = get({ host, port, path, headers, agent: false, timeout: patience });
    const end = (answer: FileAnswer) => {
      asked.destroy();
      resolve(answer);
    };
    asked.on('timeout', () => end({ kind: 'silent' }));
    asked.on('error', (error) => {
      const answer = tcpFailure(error);
      end(answer.kind === 'answered' ? { kind: 'failed', why: error.message } : answer);
    });
    asked.on('response', (response) => {
      if (response.statusCode !== 200 && response.statusCode !== 206) {
        end({ kind: 'failed', why: `it answers ${response.statusCode}` });
        return;
      }
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        chunks.push(chunk);
        if (length >= compared) done();
      });
      response.on('end', done);
      function done(): void {
        end({ kind: 'served', bytes: Buffer.concat(chunks).subarray(0, compared) });
      }
    });
  });
}
