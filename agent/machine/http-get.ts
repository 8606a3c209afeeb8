import { type IncomingMessage, request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { hasCode, StateliteError } from '../errors.ts';
import { tryLater } from './http-exchange.ts';
import { isCertificateError, type Trust } from './query.ts';

/** Until the first line of an answer; a server under load has 10,000 of them to give. */
const patience = 20_000;

export interface GetDeps {
  /** Whom to believe for https: the CA of the initramfs. */
  readonly trust: () => Promise<Trust>;
  readonly signal: AbortSignal;
}

/** The server's answer is no use; `status` says why. */
export class HttpStatus extends Error {
  override readonly name = 'HttpStatus';
  readonly status: number;

  constructor(status: number, cause: Error | undefined) {
    super(`the server answers with status ${status}`, { cause });
    this.status = status;
  }
}

/**
 * One GET of its own connection; resolves with an answer of status 200 or 206, whose body has to be
 * read or destroyed. Throws HttpStatus for another, with a TryLater as cause if the server said when.
 */
export async function get(
  url: string,
  headers: Readonly<Record<string, string>>,
  { trust, signal }: GetDeps,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const isSecure = url.startsWith('https:');
  const options: RequestOptions = { agent: false, headers, signal };
  const sending = isSecure
    ? requestHttps(url, { ...options, ...(await trusting(trust)) }, resolve)
    : requestHttp(url, options, resolve);
  const late = setTimeout(() => sending.destroy(new Error(silence)), patience);
  sending.on('error', reject).end();
  try {
    const response = await promise;
    const { statusCode = 0 } = response;
    if (statusCode === 200 || statusCode === 206) return response;
    response.destroy();
    throw new HttpStatus(statusCode, tryLater(response.headers['retry-after']));
  } finally {
    clearTimeout(late);
  }
}

const silence = `it was silent for ${patience / 1000} s`;

async function trusting(trust: GetDeps['trust']) {
  const ca = await trust();
  return ca === 'anybody' ? { rejectUnauthorized: false } : { ca };
}

/**
 * Whether another try is useless: a certificate that nobody signed, a file that is not there. A server
 * that is just starting may say either for a moment.
 */
export function isFinalGet(error: unknown, times: number): boolean {
  if (error instanceof StateliteError) return true; // no CA in the initramfs
  if (error instanceof HttpStatus) {
    const { status } = error;
    return status < 500 && status !== 408 && status !== 429 && times >= 3;
  }
  return hasCode(error, 'ERR_INVALID_URL') || (isCertificateError(error) && times >= 2);
}
