import type { IncomingMessage } from 'node:http';
import { badRequest } from './http-error.ts';

/** Reads a JSON body of at most `limit` bytes; 413 for a longer one, 400 for anything but JSON. */
export async function readJson(request: IncomingMessage, limit: number): Promise<unknown> {
  const tooLong = badRequest(`the body is longer than ${limit} bytes`, 413);
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLong;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes: Buffer = chunk;
    length += bytes.length;
    // Leaving the loop would destroy the connection before the refusal is sent.
    if (length <= limit) chunks.push(bytes);
  }
  if (length > limit) throw tooLong;
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) throw badRequest(`the body is not JSON: ${error.message}`);
    throw error;
  }
}
