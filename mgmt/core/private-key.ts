/** What comes first costs little, and most files have nothing of it. */
const words = 'PRIVATE KEY';
const firstLine = /^[ \t]*-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/mu;

/**
 * Whether a private key in PEM or in PGP armour begins on a line of the file, whatever else is in it:
 * such files stay where they are. One that only mentions keys within a line has none.
 */
export function isPrivateKey(content: Buffer): boolean {
  return content.includes(words) && firstLine.test(content.toString('latin1'));
}
