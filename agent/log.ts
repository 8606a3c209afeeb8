/** printk(9) and sd-daemon(3) share these numbers and the `<N>` prefix. */
const priorities = { error: 3, warn: 4, info: 6, debug: 7 } as const;

export type Priority = keyof typeof priorities;
export type Logger = Record<Priority, (message: string) => void>;

/** The kernel cuts a /dev/kmsg record near 1 KiB; a cut line is worse than a split one. */
const kmsgBytes = 900;

/** One record per line of `message`: `<N>tag: text`, right for /dev/kmsg and for stderr under systemd. */
export function formatRecord(tag: string, priority: Priority, message: string): string[] {
  const prefix = `<${priorities[priority]}>${tag}: `;
  return message
    .split('\n')
    .flatMap((line) => line.match(piece(line)) ?? [])
    .map((line) => `${prefix}${line}\n`);
}

/** Matches as many characters as fit; beyond ASCII one may take four bytes. */
function piece(line: string): RegExp {
  const isAscii = Buffer.byteLength(line) === line.length;
  return new RegExp(`.{1,${isAscii ? kmsgBytes : kmsgBytes / 4}}`, 'gsu');
}

/** A logger that hands every formatted record to `write`. */
export function createLogger(tag: string, write: (record: string) => void): Logger {
  const at = (priority: Priority) => (message: string) =>
    formatRecord(tag, priority, message).forEach(write);
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
