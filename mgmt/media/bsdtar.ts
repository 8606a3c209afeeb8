import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { runIsolated } from '../image/genimage/isolated.ts';

/** Names are read as UTF-8 whatever this process speaks, and months are English. */
const locale = ['env', 'LC_ALL=C.UTF-8', 'TZ=UTC'] as const;
const listingLimit = 256 * 1024 * 1024;

/** One line for every object of an ISO, in the form that `parseListing` reads. */
export async function listIso(iso: string, signal: AbortSignal): Promise<string[]> {
  const listing = await output(iso, ['--numeric-owner', '-tvf', iso], signal);
  return listing.split('\n').slice(0, -1);
}

/** The text of one file of it; the name has no pattern characters. */
export async function readFromIso(iso: string, name: string, signal: AbortSignal): Promise<string> {
  return output(iso, ['-xOf', iso, '--', name], signal);
}

/**
 * Unpacks it into an empty directory: everything belongs to root and has no special bits. Links on
 * the way and names that lead out are refused by bsdtar too. `onName` hears of each object.
 */
export async function unpackIso(
  iso: string,
  directory: string,
  { signal, onName }: { readonly signal: AbortSignal; readonly onName: (name: string) => void },
): Promise<void> {
  const plain = '--no-same-owner --no-same-permissions --no-acls --no-xattrs --no-fflags'.split(
    ' ',
  );
  let noSpace: string | undefined;
  try {
    await runIsolated({
      argv: ['bsdtar', '-xv', ...plain, '-f', iso],
      environment: { LC_ALL: 'C.UTF-8' },
      cwd: directory,
      onLine: (line) => {
        if (/No space left on device|Disk quota exceeded/u.test(line)) noSpace ??= line;
        onName(line.replace(/^x (?:\.\/)?/u, ''));
      },
      signal,
    });
  } catch (cause) {
    if (noSpace === undefined) throw cause;
    // bsdtar goes on after it: the first line says what happened, the last ones only repeat it.
    throw Object.assign(new Error(noSpace), { code: 'ENOSPC' });
  }
}

async function output(iso: string, argv: readonly string[], signal: AbortSignal): Promise<string> {
  const [program, ...before] = locale;
  try {
    const { stdout } = await promisify(execFile)(program, [...before, 'bsdtar', ...argv], {
      maxBuffer: listingLimit,
      signal,
    });
    return stdout;
  } catch (cause) {
    signal.throwIfAborted();
    throw new StateliteError('ERR_STATELITE_IMAGE', `cannot read ${iso}`, {
      hint: hasCode(cause, '127') // from env(1)
        ? 'is bsdtar installed? apt-get install libarchive-tools'
        : 'compare its checksum: a download may be damaged',
      cause,
    });
  }
}
