import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { portOf } from '../../mgmt/daemon/listen.ts';

/** What a server does with one request. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

export interface FileServer extends AsyncDisposable {
  readonly url: string;
  /** The Range of each request for the file, or the path of another one. */
  readonly asked: readonly string[];
}

/**
 * A web server with one file, /image.gz, that does to each request for it what `behaviours` say, the last
 * one for good; every other path is missing.
 */
export async function fileServer(...behaviours: readonly Behaviour[]): Promise<FileServer> {
  const asked: string[] = [];
  const left = [...behaviours];
  const server = createServer((request, response) => {
    if (request.url !== '/image.gz') {
      asked.push(request.url ?? '');
      response.writeHead(404).end();
      return;
    }
    const { range = 'all', 'if-range': condition } = request.headers;
    asked.push(condition === undefined ? range : `${range} if ${String(condition)}`);
    const behave = left.length > 1 ? left.shift() : left[0];
    behave?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${portOf(server)}/image.gz`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Given {
  /** Bytes after which the connection breaks. */
  readonly until?: number;
  readonly etag?: string;
  readonly ranges?: boolean;
  /** What Content-Length says. */
  readonly length?: number;
}

/** Sends a file from where a Range begins, or less of it. */
export function sends(file: Buffer, given: Given = {}): Behaviour {
  const { until = Infinity, etag = '"one"', ranges = true, length } = given;
  return ({ headers }, response) => {
    const condition = headers['if-range']?.toString();
    const isPart = ranges && headers.range !== undefined && [undefined, etag].includes(condition);
    const from = isPart ? Number(/\d+/u.exec(headers.range ?? '')?.[0]) : 0;
    if (isPart && from >= file.length) {
      response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
      return;
    }
    response.writeHead(isPart ? 206 : 200, {
      etag,
      'content-length': length ?? file.length - from,
      ...(isPart && { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` }),
    });
    const sent = file.subarray(from, from + until);
    if (sent.length === (length ?? file.length - from)) response.end(sent);
    else response.write(sent, () => setTimeout(() => response.destroy(), 20));
  };
}

/** Answers with a status and nothing else. */
export function says(status: number, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return (_, response) => response.writeHead(status, headers).end();
}
