/** Words of nodelist.status; others are not recorded. */
export const nodeStatuses: readonly string[] = [
  'alive',
  'bmcready',
  'booted',
  'booting',
  'configuring',
  'defined',
  'discovering',
  'failed',
  'installed',
  'installing',
  'netbooting',
  'noping',
  'postbooting',
  'powering-off',
  'powering-on',
  'shell',
  'standingby',
  'unknown',
];

/** Server and client words of the status port (3002): ready, one line, done, closed. */
export const statusReady = 'ready';
export const statusDone = 'done';

/** The line a node sends to have its status recorded. */
export function statusRequest(status: string): string {
  return `installstatus ${status}\n`;
}

const plainVerbs = [
  'next',
  'installmonitor',
  'getpostscript',
  'locktftpdir',
  'unlocktftpdir',
] as const;

/** A line received on the status port, decided by its exact first word. */
export type StatusLine =
  /** The last known word counts; undefined if there is none. */
  | { readonly verb: 'installstatus'; readonly status: string | undefined }
  /** An application of the node and its status; undefined if it is not `application=status`. */
  | { readonly verb: 'hpcbootstatus'; readonly report: string | undefined }
  | { readonly verb: (typeof plainVerbs)[number] }
  | { readonly verb: 'unknown'; readonly line: string };

export function parseStatusLine(line: string): StatusLine {
  const [verb = '', ...words] = line.trim().split(/\s+/);
  switch (verb) {
    case 'installstatus':
      return { verb, status: words.findLast((word) => nodeStatuses.includes(word)) };
    case 'hpcbootstatus':
      return { verb, report: words.length === 1 ? words.find(isReport) : undefined };
    default: {
      const plain = plainVerbs.find((each) => each === verb);
      return plain === undefined ? { verb: 'unknown', line: line.trim() } : { verb: plain };
    }
  }
}

/** A comma would begin another one in nodelist.appstatus. */
function isReport(word: string): boolean {
  return /^[\w.+-]{1,64}=[\w.+:/-]{1,64}$/.test(word);
}

/** nodelist.statustime: `MM-DD-YYYY HH:MM:SS` in local time. */
export function formatStatusTime(time: Date): string {
  const date = [two(time.getMonth() + 1), two(time.getDate()), time.getFullYear()].join('-');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `${date} ${clock}`;
}

/** The moment of a nodelist.statustime, in local time; undefined for another text. */
export function parseStatusTime(text: string): Date | undefined {
  const found = /^(\d\d)-(\d\d)-(\d{4}) (\d\d):(\d\d):(\d\d)$/u.exec(text);
  if (found === null) return undefined;
  const [month = 0, day, year = 0, hours, minutes, seconds] = found.slice(1).map(Number);
  return new Date(year, month - 1, day, hours, minutes, seconds);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
