import { expect, test } from 'vitest';
import { isPrivateKey } from '../../../../mgmt/core/private-key.ts';

const block = (what: string) => `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`;
const key = block('PRIVATE KEY');
const large = `${block('CERTIFICATE')}${'A'.repeat(63)}\n`.repeat(4096);

test.for([
  ['of PKCS #8', key],
  ['encrypted', block('ENCRYPTED PRIVATE KEY')],
  ['of OpenSSH', block('OPENSSH PRIVATE KEY')],
  ['of RSA', block('RSA PRIVATE KEY')],
  ['of PGP', block('PGP PRIVATE KEY BLOCK')],
  ['after a bundle of certificates', `${large}${key}`],
  ['before a bundle of certificates', `${key}${large}`],
  ['indented', `key: |\n${key.replaceAll(/^/gmu, ' \t ')}`],
  ['in a script', `#!/bin/sh\ncat >/etc/key <<'end'\n${key}end\n`],
  ['with line ends of DOS', key.replaceAll('\n', '\r\n')],
  ['with line ends of old', key.replaceAll('\n', '\r')],
  ['without its last line', '-----BEGIN EC PRIVATE KEY-----\nAAAA\n'],
  ['beside what is no text', `\0\u00ff\n${key}`],
] as const)('a private key is found: %s', ([, text]) => {
  expect(isPrivateKey(Buffer.from(text))).toBe(true);
});

test.for([
  ['nothing', ''],
  ['a public key', `${block('PUBLIC KEY')}${block('PGP PUBLIC KEY BLOCK')}`],
  ['certificates', large],
  ['a script that looks for keys', `grep -q -- '-----BEGIN RSA PRIVATE KEY-----' "$1"\n`],
  ['a word', 'PRIVATE KEY\n-----BEGIN\n'],
  ['a name in small letters', block('private key')],
] as const)('no private key is %s', ([, text]) => {
  expect(isPrivateKey(Buffer.from(text))).toBe(false);
});
