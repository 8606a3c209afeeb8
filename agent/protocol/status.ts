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

/** A line received on the status port, decided by its exact first word. */
export type StatusLine =
  /** The last known word counts; undefined if there is none. */
  | { readonly verb: 'installstatus'; readonly status: string | undefined }
  | { readonly verb: 'next' | 'installmonitor' }
  | { readonly verb: 'unknown'; readonly line: string };

export function parseStatusLine(line: string): StatusLine {
  const [verb = '', ...words] = line.trim().split(/\s+/);
  switch (verb) {
    case 'installstatus':
      return { verb, status: words.findLast((word) => nodeStatuses.includes(word)) };
    case 'next':
    case 'installmonitor':
      return { verb };
    default:
      return { verb: 'unknown', line: line.trim() };
  }
}

/** nodelist.statustime: `MM-DD-YYYY HH:MM:SS` in local time. */
export function formatStatusTime(time: Date): string {
  const date = [two(time.getMonth() + 1), two(time.getDate()), time.getFullYear()].join('-');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `${date} ${clock}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
