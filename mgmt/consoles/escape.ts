/** What somebody at a console asks of the console itself, not of the node. */
export type ConsoleRequest =
  | 'disconnect'
  | 'attach'
  | 'force'
  | 'spy'
  | 'replay'
  | 'who'
  | 'help'
  | 'unknown';

const escape = 0x05; // ^E
const second = 0x63; // c

const requests: Readonly<Record<string, ConsoleRequest>> = {
  '.': 'disconnect',
  a: 'attach',
  f: 'force',
  s: 'spy',
  r: 'replay',
  w: 'who',
  '?': 'help',
};

/** What `^Ec?` prints. */
export const escapeHelp = [
  '.   leave',
  'a   write, if nobody does',
  'f   write, in place of whoever does',
  's   read only',
  'r   print the last lines again',
  'w   who is here',
  '?   this list',
];

/**
 * Takes conserver's escapes out of what is typed: ^E, c, and a letter. They may come in pieces; what
 * turns out to be none goes on as it was typed. Each call gives what is for the node, and requests,
 * in order.
 */
export function escapeReader(): (typed: Uint8Array) => (Buffer | ConsoleRequest)[] {
  let held: number[] = [];
  return (typed) => {
    const read: (Buffer | ConsoleRequest)[] = [];
    let plain: number[] = [];
    const flush = () => {
      if (plain.length > 0) read.push(Buffer.from(plain));
      plain = [];
    };
    for (const byte of typed) {
      if (held.length === 0) {
        if (byte === escape) held.push(byte);
        else plain.push(byte);
      } else if (held.length === 1) {
        if (byte === second) held.push(byte);
        else {
          plain.push(escape);
          held = byte === escape ? [escape] : [];
          if (byte !== escape) plain.push(byte);
        }
      } else {
        held = [];
        flush();
        read.push(requests[String.fromCodePoint(byte)] ?? 'unknown');
      }
    }
    flush();
    return read;
  };
}
