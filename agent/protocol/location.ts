import { isIPv6 } from 'node:net';
import { StateliteError } from '../errors.ts';

/** A directory on a server, or with `server` undefined one of the image. */
export interface Place {
  readonly server: string | undefined;
  readonly directory: string;
}

/** `server:/dir` as an administrator writes it, `/dir` for a directory of the image. */
export function formatLocation({ server, directory }: Place): string {
  return server === undefined ? directory : `${server}:${directory}`;
}

/** Splits `server:/path`, `[v6]:/path` or `/path`. Throws ERR_STATELITE_ROW. */
export function parseLocation(text: string): Place {
  const match = /^(?:(?<server>\[[^\]\s]+\]|[^/:\s[\]]+):)?(?<directory>\/.*)$/su.exec(text);
  const server = match?.groups?.['server'];
  const directory = match?.groups?.['directory'];
  if (directory === undefined) refuse(text, 'is neither server:/path nor /path');
  if (/[\0\n]/u.test(directory)) refuse(text, 'holds a NUL byte or a newline');
  if (server?.startsWith('[') && !isIPv6(server.slice(1, -1)))
    refuse(text, 'has no IPv6 address in []');
  const names = directory.split('/').filter((name) => name !== '');
  if (names.some((name) => name === '.' || name === '..')) refuse(text, 'holds "." or ".."');
  return { server, directory: `/${names.join('/')}` };
}

/** The words of a comma list; blanks around them are ignored, blank words and inner blanks refused. */
export function splitMountOptions(text: string): string[] {
  if (text.trim() === '') return [];
  const words = text.split(',').map((word) => word.trim());
  if (words.some((word) => word === '' || /\s/u.test(word))) {
    throw new StateliteError(
      'ERR_STATELITE_ROW',
      `the mount options ${JSON.stringify(text)} hold a blank word or a blank inside a word`,
      { hint: 'write them as a comma list: soft,timeo=30' },
    );
  }
  return words;
}

function refuse(text: string, reason: string): never {
  throw new StateliteError('ERR_STATELITE_ROW', `the directory ${JSON.stringify(text)} ${reason}`, {
    hint: 'write server:/path, [address]:/path, or /path for a directory of the image',
  });
}
