/** No key is larger, in bytes. */
export const largestKey = 64 * 1024;

/** Whether a file holds a private key and is not only about one: such files stay where they are. */
export function isPrivateKey(content: Buffer): boolean {
  if (content.length > largestKey) return false;
  const text = content.toString('latin1');
  return /^-----BEGIN [A-Z ]*PRIVATE KEY-----\s*$/mu.test(text) && /^-----END /mu.test(text);
}
