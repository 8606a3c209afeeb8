import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endsStockReply, stockRequest } from '../../../../agent/protocol/stock-xml.ts';
import { ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { startTestDaemon, view } from '../../../helpers/daemon.ts';

let etc: string;

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1'], new Date());
});
afterAll(() => rm(etc, { recursive: true }));

/** Far more than an answer takes, and less than the 15 s for which stock keeps its clients. */
const generous = 10_000;

/** Without a certificate, and without checking the server's, as stock's node scripts do. */
const fetchList = `
openssl s_client -quiet -no_ssl3 -connect "$server" 2>/dev/null < "$request"
`;

/** The second field between colons, tags and blank lines taken off: "OPTIONS   PATH". */
const litefileList = `${fetchList.trim()} |
  sed -e 's/<[^>]*>//g' -e '/^[[:space:]]*$/d' -e 's/^ *//' |
  awk -F: 'NF > 1 { sub(/^ */, "", $2); print $2 }'
`;

/** The second word of each line: "SERVER:DIRECTORY". */
const litetreeList = `${fetchList.trim()} |
  sed -e 's/<[^>]*>//g' |
  awk 'NF > 1 { print $2 }'
`;

async function sh(script: string, command: string, port: number): Promise<string> {
  const request = join(etc, 'request');
  await writeFile(request, stockRequest(command));
  const env = { PATH: process.env['PATH'], server: `127.0.0.1:${port}`, request };
  const options = { env, timeout: generous, killSignal: 'SIGKILL' } as const;
  return (await promisify(execFile)('/bin/sh', ['-c', script], options)).stdout;
}

test('openssl s_client -quiet ends by itself with a whole reply', async () => {
  await using server = await startTestDaemon(etc);
  for (const command of ['litefile', 'litetree', 'tabdump']) {
    const reply = await sh(fetchList, command, server.ports.tls);
    expect(endsStockReply(reply)).toBe(true);
  }
});

test('a client of openssl, sed and awk gets the lists that it knows', async () => {
  const lists = {
    litefile: ['n1: tmpfs,rw      /etc/adjtime', 'n1: persistent    /var/lib/my app/'],
    litetree: ['n1: 10.0.0.1:/lite/n1', 'n1: 10.0.0.1:/lite/all :soft,timeo=30', 'n1: /local'],
  };
  await using server = await startTestDaemon(etc, {
    view: async () => ({ ...view, stockLines: async (_, list) => lists[list] }),
  });
  expect(await sh(litefileList, 'litefile', server.ports.tls)).toBe(
    'tmpfs,rw      /etc/adjtime\npersistent    /var/lib/my app/\n',
  );
  expect(await sh(litetreeList, 'litetree', server.ports.tls)).toBe(
    '10.0.0.1:/lite/n1\n10.0.0.1:/lite/all\n/local\n',
  );
});

test('its list is of size 0 while there is none, so that it asks again', async () => {
  await using server = await startTestDaemon(etc, {
    view: async () => ({
      ...view,
      decide: () => ({ allowed: false, trusted: false, row: undefined }),
    }),
  });
  expect(await sh(fetchList, 'litefile', server.ports.tls)).toBe('');
});
