import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { createLogger } from '../../../../agent/log.ts';
import { download } from '../../../../agent/machine/download.ts';
import { portOf } from '../../../../mgmt/daemon/listen.ts';
import { type Behaviour, fileServer, says, sends } from '../../../helpers/file-server.ts';
import { spentBudget } from '../../../helpers/spent-budget.ts';

const file = randomBytes(300_000);

/** Fetches all of a URL; `minutes` that pass only by waiting. */
async function fetchAll(url: string, { silence = 5000, minutes = 3 } = {}) {
  const lines: string[] = [];
  const deadline = spentBudget(minutes * 60_000);
  const deps = {
    deadline,
    silence,
    log: createLogger('test', (record) => void lines.push(record.trimEnd())),
    signal: new AbortController().signal,
    trust: async () => 'anybody' as const,
  };
  const opened = await download(url, deps);
  return { ...opened, data: await buffer(opened.bytes), lines, waits: deadline.waits };
}

async function fetchFrom(...behaviours: readonly Behaviour[]) {
  await using server = await fileServer(...behaviours);
  const { asked } = server;
  return { ...(await fetchAll(server.url)), asked };
}

describe('a download', () => {
  test('that nothing disturbs is one request', async () => {
    const { data, size, asked, received } = await fetchFrom(sends(file));
    expect([data.equals(file), size, received()]).toEqual([true, file.length, file.length]);
    expect(asked).toEqual(['all']);
  });

  test('that breaks off goes on where it stopped, if the file is the same', async () => {
    const { data, asked, lines } = await fetchFrom(
      sends(file, { until: 100_000 }),
      sends(file, { until: 50_000 }),
      sends(file),
    );
    expect(data.equals(file)).toBe(true);
    expect(asked).toEqual(['all', 'bytes=100000- if "one"', 'bytes=150000- if "one"']);
    expect(lines.join('\n')).toMatch(/broke off after 0\.1 MiB of 0\.3 MiB; going on in \d/u);
  });

  test('passes over what it has where the server gives no parts', async () => {
    const { data, asked } = await fetchFrom(
      sends(file, { until: 100_000, ranges: false }),
      sends(file, { until: 30_000, ranges: false }),
      sends(file, { ranges: false }),
    );
    expect(data.equals(file)).toBe(true);
    expect(asked).toHaveLength(3);
  });

  test('without an announced length ends where the server ends it', async () => {
    const { data, size } = await fetchFrom((_, response) => {
      response.write(file.subarray(0, 1000));
      response.end(file.subarray(1000));
    });
    expect([size, data.equals(file)]).toEqual([undefined, true]);
  });

  test('waits as long as a busy server asks, and a random while more', async () => {
    const busy = says(503, { 'retry-after': '7' });
    const { data, waits } = await fetchFrom(busy, busy, sends(file));
    expect(data.equals(file)).toBe(true);
    expect(waits).toHaveLength(2);
    for (const wait of waits) expect(wait).toBeGreaterThan(7000);
  });

  test('comes to its end byte by byte too', async () => {
    const small = file.subarray(0, 40);
    const { data } = await fetchFrom((_, response) => {
      response.writeHead(200, { 'content-length': small.length });
      let at = 0;
      const timer = setInterval(() => {
        response.write(small.subarray(at, (at += 1)));
        if (at < small.length) return;
        clearInterval(timer);
        response.end();
      }, 2);
    });
    expect(data.equals(small)).toBe(true);
  });

  test('takes another connection where one says nothing more', async () => {
    await using server = await fileServer((_, response) => {
      response.writeHead(200, { etag: '"one"', 'content-length': file.length });
      response.write(file.subarray(0, 100_000));
    }, sends(file));
    const { data } = await fetchAll(server.url, { silence: 200 });
    expect(data.equals(file)).toBe(true);
    expect(server.asked).toEqual(['all', 'bytes=100000- if "one"']);
  });
});

describe('a download is no use', () => {
  test.for([
    ['has another version by then', sends(file, { etag: '"two"' })],
    ['has another version and gives no parts', sends(file, { etag: '"two"', ranges: false })],
    ['has a shorter file by then', sends(file.subarray(0, 100_000))],
    [
      'sends another part than was asked for',
      (_: unknown, response: Parameters<Behaviour>[1]) =>
        response
          .writeHead(206, { etag: '"one"', 'content-range': 'bytes 0-299999/300000' })
          .end(file),
    ],
  ] as const)('where the server %s', async ([, second]) => {
    await expect(fetchFrom(sends(file, { until: 100_000 }), second)).rejects.toThrow(
      expect.objectContaining({ name: 'Changed' }),
    );
  });

  test('where the server announces more than it has', async () => {
    await expect(fetchFrom(sends(file, { length: 400_000 }))).rejects.toThrow('was replaced');
  });

  test.for([403, 404, 302])('where the answer is %i, and stays so', async (status) => {
    await using server = await fileServer(says(status));
    await expect(fetchAll(server.url)).rejects.toThrow(`with status ${status}`);
    expect(server.asked).toHaveLength(3);
  });

  test('where a server stays too busy until the time is up', async () => {
    await using server = await fileServer(says(503, { 'retry-after': '30' }));
    await expect(fetchAll(server.url)).rejects.toThrow('with status 503');
    expect(server.asked.length).toBeGreaterThan(3);
    expect(server.asked.length).toBeLessThan(10);
  });

  test('where every connection breaks before a byte comes', async () => {
    await expect(fetchFrom(sends(file, { until: 0 }))).rejects.toThrow('and no time is left');
  });

  test.for([
    ['speaks no HTTP', (socket: Socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
    ['hangs up', (socket: Socket) => socket.destroy()],
  ] as const)('where the server %s', async ([, behave]) => {
    await using server = await tcpServer(behave);
    const fetching = fetchAll(server.url, { minutes: 0.5 });
    await expect(fetching).rejects.toThrow(/Parse Error|hang up|ECONNRESET/u);
    expect(server.connections()).toBeGreaterThan(3);
  });
});

test('a download that is given up asks for nothing more', async () => {
  await using server = await fileServer(sends(file, { until: 100_000 }));
  const giveUp = new AbortController();
  const { bytes } = await download(server.url, {
    deadline: spentBudget(60_000),
    log: createLogger('test', () => {}),
    signal: giveUp.signal,
    trust: async () => 'anybody',
  });
  const read = async () => {
    for await (const _ of bytes) giveUp.abort();
  };
  await expect(read()).rejects.toThrow('aborted');
  expect(server.asked).toEqual(['all']);
});

/** A server of another kind. */
async function tcpServer(behave: (socket: Socket) => void) {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {}); // the client hangs up as it likes
    socket.resume();
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${portOf(server)}/image.gz`,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
