import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import type { Credentials } from '../../mgmt/daemon/daemon.ts';
import { certificatePaths } from '../../mgmt/setup/certificates.ts';
import { type FakeServer, listening } from './fake-server.ts';

const run = promisify(execFile);

/** A TLS server on a free port of the loopback interface that does one thing to every connection. */
export async function tlsServer(
  credentials: Credentials,
  onConnection: (socket: TLSSocket) => void,
  ...ALPNProtocols: string[]
): Promise<FakeServer> {
  const server = createServer({ ...credentials, ALPNProtocols }, (socket) => {
    socket.on('error', () => {}); // a client that gives up
    onConnection(socket);
  });
  return listening(server);
}

/** A certificate for 127.0.0.1 of the CA in `etc`, valid between two years of this century. */
export async function certifiedBetween(
  etc: string,
  from: number,
  until: number,
): Promise<Credentials> {
  const { ca, caKey, key } = certificatePaths(etc);
  const at = (name: string) => join(etc, `${from}-${name}`);
  await writeFile(at('index'), '');
  await writeFile(at('config'), configuration(at('index'), etc));
  await run('openssl', ['req', '-new', '-key', key, '-subj', '/CN=mn', '-out', at('request')]);
  const signing = ['ca', '-batch', '-notext', '-config', at('config'), '-extensions', 'names'];
  const files = ['-cert', ca, '-keyfile', caKey, '-in', at('request'), '-out', at('cert')];
  const dates = ['-startdate', `${from}0101000000Z`, '-enddate', `${until}0101000000Z`];
  await run('openssl', [...signing, ...files, ...dates]);
  return { ca: await readText(ca), cert: await readText(at('cert')), key: await readText(key) };
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8');
}

/** openssl req and x509 cannot choose when a certificate begins; openssl ca can. */
function configuration(database: string, directory: string): string {
  return `[ca]
default_ca = own
[own]
database = ${database}
new_certs_dir = ${directory}
default_md = sha256
rand_serial = yes
policy = any
[any]
commonName = supplied
[names]
subjectAltName = IP:127.0.0.1
`;
}
