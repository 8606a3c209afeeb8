import { StateliteError } from '../../agent/errors.ts';

/** What a client of the JSON API is told about a failure. */
export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

/** A refusal with the status and the headers that HTTP has for it. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly body: ErrorBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    error: ErrorBody['error'],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(error.message);
    this.status = status;
    this.body = { error };
    this.headers = headers;
  }
}

/** Refuses what the client sent. */
export function badRequest(message: string, status: 400 | 404 | 413 = 400): HttpError {
  return new HttpError(status, { code: 'ERR_STATELITE_REQUEST', message });
}

/** An operator's error is told as it is; what a bug says stays in the log. */
export function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (!(error instanceof StateliteError)) {
    return new HttpError(500, {
      code: 'ERR_STATELITE_INTERNAL',
      message: 'the daemon failed',
      hint: "see the management node's log",
    });
  }
  const { code, message, hint } = error;
  const body = { code, message, ...(hint !== undefined && { hint }) };
  if (code !== 'ERR_STATELITE_DATABASE') return new HttpError(500, body);
  // Spread, so that a machine room does not come back in one moment.
  return new HttpError(503, body, { 'Retry-After': String(1 + Math.floor(Math.random() * 5)) });
}
