import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createTcpServer, connect as connectTcp, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ConnectionOptions, createServer } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { portOf } from '../../../../mgmt/daemon/listen.ts';
import { type Peer, peerOf } from '../../../../mgmt/daemon/peer.ts';
import { ensureClientCertificate } from '../../../../mgmt/setup/certificate-client.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { readCredentials } from '../../../helpers/daemon.ts';
import { certifiedBetween } from '../../../helpers/tls-server.ts';

const run = promisify(execFile);

let directory: string;
let etc: string;
let server: Server;
const peers: Peer[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  etc = join(directory, 'etc');
  await ensureCertificates(etc, ['127.0.0.1', '::1'], new Date());
  server = createServer(
    {
      ...(await readCredentials(etc)),
      requestCert: true,
      rejectUnauthorized: false,
      sessionIdContext: 'statelite',
    },
    (socket) => {
      peers.push(peerOf(socket, view));
      socket.on('error', () => {}); // a client that gives up
      socket.end('done');
    },
  );
  server.listen(0);
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  await rm(directory, { recursive: true });
});

const view = { identify: (address: string) => (address === '127.0.0.1' ? 'n1' : undefined) };

/** Whom the server takes the client for, and the session that the client may resume. */
async function meet(options: ConnectionOptions & { readonly localAddress?: string } = {}) {
  peers.length = 0;
  const socket = connect({
    host: '127.0.0.1',
    port: portOf(server),
    ca: await readFile(certificatePaths(etc).ca),
    ...options,
  });
  let session: Buffer | undefined;
  let resumed = false;
  socket.on('secureConnect', () => (resumed = socket.isSessionReused()));
  socket.on('session', (given) => (session = given));
  socket.resume();
  await once(socket, 'close');
  return { peer: peers[0], session, resumed };
}

async function clientOf(name: string, from = etc) {
  const out = join(directory, `${name}-${from === etc ? 'ours' : 'theirs'}`);
  await ensureClientCertificate(from, { name, directory: out }, new Date());
  const cred = await readFile(join(out, 'client-cred.pem'));
  return { cert: cred, key: cred };
}

describe('a peer', () => {
  test('without a certificate is the node that has its address', async () => {
    expect((await meet()).peer).toEqual({ address: '127.0.0.1', node: 'n1', name: undefined });
  });

  test('without a certificate at an address of no node is nobody', async () => {
    const stranger = { node: undefined, name: undefined };
    expect((await meet({ localAddress: '127.0.0.2' })).peer).toEqual({
      address: '127.0.0.2',
      ...stranger,
    });
    expect((await meet({ host: '::1' })).peer).toEqual({ address: '::1', ...stranger });
  });

  test('with a certificate of our CA has its name, wherever it is', async () => {
    const client = await clientOf('alice');
    expect((await meet(client)).peer).toEqual({ address: '127.0.0.1', node: 'n1', name: 'alice' });
    expect((await meet({ ...client, localAddress: '127.0.0.2' })).peer).toEqual({
      address: '127.0.0.2',
      node: undefined,
      name: 'alice',
    });
  });

  test('of a plain connection has no name', async () => {
    const plain = createTcpServer((socket) => {
      peers.push(peerOf(socket, view));
      socket.end();
    });
    plain.listen(0);
    await once(plain, 'listening');
    peers.length = 0;
    const socket = connectTcp(portOf(plain), '127.0.0.1');
    socket.resume();
    await once(socket, 'close');
    plain.close();
    expect(peers).toEqual([{ address: '127.0.0.1', node: 'n1', name: undefined }]);
  });
});

describe('a certificate counts as none', () => {
  const nobody = { name: undefined };

  test('that another CA of the same name signed', async () => {
    const other = join(directory, 'other');
    await ensureCertificates(other, ['127.0.0.1'], new Date());
    expect((await meet(await clientOf('root', other))).peer).toMatchObject(nobody);
  });

  test('that signed itself', async () => {
    const [key, cert] = [join(directory, 'self-key.pem'), join(directory, 'self.pem')];
    await run('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
      '-keyout', key, '-out', cert, '-subj', '/CN=root',
    ]); // prettier-ignore
    const files = { cert: await readFile(cert), key: await readFile(key) };
    expect((await meet(files)).peer).toMatchObject(nobody);
  });

  test('that has ended, or has not begun', async () => {
    const { cert, key } = await certifiedBetween(etc, 2001, 2002);
    expect((await meet({ cert, key })).peer).toMatchObject(nobody);
    const later = await certifiedBetween(etc, 2090, 2091);
    expect((await meet({ cert: later.cert, key: later.key })).peer).toMatchObject(nobody);
    const valid = await certifiedBetween(etc, 2020, 2090);
    expect((await meet({ cert: valid.cert, key: valid.key })).peer).toMatchObject({ name: 'mn' });
  });

  test('that is for servers only', async () => {
    expect((await meet(await signed('root', 'extendedKeyUsage=serverAuth'))).peer).toMatchObject(
      nobody,
    );
    expect((await meet(await signed('root', 'extendedKeyUsage=clientAuth'))).peer).toMatchObject({
      name: 'root',
    });
  });

  test('that has two names, or none', async () => {
    const usage = 'extendedKeyUsage=clientAuth';
    expect((await meet(await signed('eve/CN=root', usage))).peer).toMatchObject(nobody);
    const { cert, key } = await signed('eve', usage, '/O=statelite');
    expect((await meet({ cert, key })).peer).toMatchObject(nobody);
  });
});

describe('a session that is resumed', () => {
  test('without a certificate has no name', async () => {
    const { session } = await meet();
    expect(await meet({ session })).toMatchObject({
      resumed: true,
      peer: { node: 'n1', name: undefined },
    });
  });

  test('keeps the name of its certificate', async () => {
    const { session } = await meet(await clientOf('bob'));
    expect(await meet({ session })).toMatchObject({ resumed: true, peer: { name: 'bob' } });
  });

  test('gives no name to a certificate that counted as none', async () => {
    const other = join(directory, 'another');
    await ensureCertificates(other, ['127.0.0.1'], new Date());
    const { session } = await meet(await clientOf('mallory', other));
    expect(await meet({ session })).toMatchObject({ resumed: true, peer: { name: undefined } });
  });

  test('keeps no certificate that has ended since', async () => {
    const { cert, key } = await certifiedFor(3);
    const first = await meet({ cert, key });
    expect(first.peer).toMatchObject({ name: 'brief' });
    await sleep(new X509Certificate(cert).validToDate.getTime() - Date.now() + 100);
    expect(await meet({ session: first.session })).toMatchObject({
      resumed: true,
      peer: { name: undefined },
    });
  });
});

test('while one CA follows another, certificates of both are taken', async () => {
  const old = await clientOf('carol');
  const next = join(directory, 'next');
  await ensureCertificates(next, ['127.0.0.1'], new Date());
  const client = await clientOf('dave', next);
  const [ours, theirs] = [certificatePaths(etc).ca, certificatePaths(next).ca];
  const bundle = (await readFile(ours, 'utf8')) + (await readFile(theirs, 'utf8'));
  const { cert, key } = await readCredentials(etc);
  const both = createServer(
    { cert, key, ca: bundle, requestCert: true, rejectUnauthorized: false },
    (socket) => {
      peers.push(peerOf(socket, view));
      socket.end();
    },
  );
  both.listen(0);
  await once(both, 'listening');
  const port = portOf(both);
  expect((await meet({ ...old, port })).peer).toMatchObject({ name: 'carol' });
  expect((await meet({ ...client, port })).peer).toMatchObject({ name: 'dave' });
  both.close();
});

const signedFile = (file: string) => join(directory, `signed-${file}`);

/** Signed by our CA with one extension; the name goes to openssl as it is. */
async function signed(name: string, extension: string, subject = `/CN=${name}`) {
  const { ca, caKey } = certificatePaths(etc);
  const at = signedFile;
  await run('openssl', [
    'req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-keyout', at('key'), '-out', at('request'), '-subj', subject,
  ]); // prettier-ignore
  await writeFile(at('extensions'), extension);
  await run('openssl', [
    'x509', '-req', '-in', at('request'), '-CA', ca, '-CAkey', caKey, '-set_serial', '7',
    '-days', '1', '-extfile', at('extensions'), '-out', at('cert'),
  ]); // prettier-ignore
  return { cert: await readFile(at('cert')), key: await readFile(at('key')) };
}

/** A certificate of our CA for `brief` that ends in so many seconds. */
async function certifiedFor(seconds: number) {
  const { ca, caKey, key } = certificatePaths(etc);
  const at = (file: string) => join(directory, `brief-${file}`);
  await writeFile(at('index'), '');
  await writeFile(
    at('config'),
    `[ca]\ndefault_ca = own\n[own]\ndatabase = ${at('index')}\nnew_certs_dir = ${directory}\n` +
      'default_md = sha256\nrand_serial = yes\npolicy = any\n[any]\ncommonName = supplied\n',
  );
  await run('openssl', ['req', '-new', '-key', key, '-subj', '/CN=brief', '-out', at('request')]);
  const end = new Date(Date.now() + seconds * 1000).toISOString();
  await run('openssl', [
    'ca', '-batch', '-notext', '-config', at('config'), '-cert', ca, '-keyfile', caKey,
    '-in', at('request'), '-out', at('cert'),
    '-startdate', '20200101000000Z', '-enddate', end.replaceAll(/[-:T]|\.\d+/gu, ''),
  ]); // prettier-ignore
  return { cert: await readFile(at('cert')), key: await readFile(key) };
}
