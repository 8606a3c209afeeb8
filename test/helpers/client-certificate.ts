import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { certificatePaths } from '../../mgmt/setup/certificates.ts';

const run = promisify(execFile);

/** A certificate for the client `name`, of the CA in `etc`, and its key. */
export async function clientCertificate(
  etc: string,
  name: string,
): Promise<{ cert: string; key: string }> {
  const { ca, caKey } = certificatePaths(etc);
  const work = await mkdtemp(join(etc, 'client-'));
  const at = (file: string) => join(work, file);
  try {
    await writeFile(at('extensions'), 'extendedKeyUsage=clientAuth\n');
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const request = ['-keyout', at('key'), '-subj', `/CN=${name}`, '-out', at('request')];
    await run('openssl', ['req', '-new', ...newKey, ...request]);
    const signing = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-CAserial', at('serial')];
    const files = ['-in', at('request'), '-extfile', at('extensions'), '-out', at('cert')];
    await run('openssl', ['x509', '-req', '-days', '2', ...signing, ...files]);
    return { cert: await readFile(at('cert'), 'utf8'), key: await readFile(at('key'), 'utf8') };
  } finally {
    await rm(work, { recursive: true });
  }
}
