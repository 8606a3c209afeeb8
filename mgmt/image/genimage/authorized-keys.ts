import { chmod, mkdir } from 'node:fs/promises';
import { StateliteError } from '../../../agent/errors.ts';
import type { ImageTree } from './inside.ts';

/** sshd(8), AUTHORIZED_KEYS FILE FORMAT: options, the type, the key, a comment. */
const publicKey =
  /^(\S.*\s)?(ssh-(rsa|dss|ed25519)|ecdsa-sha2-nistp\d+|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)\s+[A-Za-z0-9+/]+={0,3}(\s.*)?$/;

/**
 * Lets the owners of these keys log in as root on nodes with the image, and nobody else: the file is
 * replaced. Only public keys are taken (mgmt QUIRK-60): an image is exported to whoever may mount it.
 * ERR_STATELITE_IMAGE for a line that is none.
 */
export async function authorizeKeys(tree: ImageTree, text: string): Promise<void> {
  const lines = text.split('\n').map((line) => line.trim());
  for (const [index, line] of lines.entries()) {
    if (line === '' || line.startsWith('#') || publicKey.test(line)) continue;
    throw new StateliteError(
      'ERR_STATELITE_IMAGE',
      `line ${index + 1} of the authorized keys is no public key`,
      {
        hint: 'name a file as ssh-keygen(1) makes it with the ending .pub, or an authorized_keys file',
      },
    );
  }
  const directory = await tree.at('/root/.ssh');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  const keys = lines.filter((line) => line !== '').join('\n');
  await tree.write('/root/.ssh/authorized_keys', `${keys}\n`, 0o600);
}
