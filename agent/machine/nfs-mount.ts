import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type ErrorCode, hasCode, StateliteError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { System } from '../system.ts';
import { type Budget, retry } from './deadline.ts';
import {
  mountData,
  type NfsOptions,
  type NfsVersion,
  splitNfsOptions,
  versions,
} from './nfs-options.ts';
import { probeNfs } from './nfs-probe.ts';

export interface NfsMount {
  readonly server: string;
  readonly directory: string;
  /** Absolute in this root; it exists. */
  readonly target: string;
  readonly options: readonly string[];
  /** The code and hint of a failure: what this mount is for. */
  readonly code: ErrorCode;
  readonly hint: string;
}

export interface NfsDeps {
  readonly system: Pick<System, 'mountWatched'>;
  /** Loads the module of a version's client before it is used. */
  readonly loadClient: (version: NfsVersion) => Promise<void>;
  readonly log: Logger;
  readonly deadline: Budget;
}

const probeLimit = 2000;
const mountLimit = 15_000;
/** A server that is just starting refuses exports for a moment; after so many times it is configuration. */
const mostRefusals = 4;

/**
 * Mounts an export: probe, then mount(2) in a child that is killed if it hangs, from v4.2 down to
 * v3, again with growing pauses until the deadline. Returns the version.
 */
export async function mountNfs(mount: NfsMount, deps: NfsDeps): Promise<NfsVersion> {
  const what = `mount ${mount.server}:${mount.directory}`;
  const options = splitNfsOptions(mount.options);
  if (options.versions.length === 0) {
    throw new StateliteError(mount.code, `cannot ${what}: its options ask for no NFS version`, {
      hint: `vers= is one of ${versions.join(', ')}, or 4 for the newest of these`,
    });
  }
  try {
    return await retry(
      { deadline: deps.deadline, log: deps.log, what, isFinal: isRefusal },
      async () => mountOnce(mount, options, deps),
    );
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StateliteError(mount.code, `cannot ${what} on ${mount.target}: ${reason}`, {
      cause: cause instanceof Error ? cause.cause : cause,
      hint: hintFor(cause, mount),
    });
  }
}

function isRefusal(error: unknown, times: number): boolean {
  if (isAboutVersion(error) || hasCode(error, 'ERR_STATELITE_MODULE')) return times >= mostRefusals;
  return hasCode(error, 'ENOENT', 'EACCES', 'EPERM', 'ENOTDIR') && times >= mostRefusals;
}

/** A failure on this side has a hint of its own; the server's is about what the mount is for. */
function hintFor(error: unknown, { hint, options }: NfsMount): string {
  if (error instanceof StateliteError && error.code !== 'ERR_STATELITE_NFS') {
    return error.hint ?? hint;
  }
  if (hasCode(error, 'EINVAL')) {
    return `the kernel may not know a word of ${options.join(',')}: dmesg names it`;
  }
  return hint;
}

async function mountOnce(mount: NfsMount, options: NfsOptions, deps: NfsDeps): Promise<NfsVersion> {
  const address = await resolveServer(mount.server);
  const port = portOf(options);
  const first = options.versions[0] === '3' ? 3 : 4;
  await probeNfs(address, port, first, Math.min(probeLimit, Math.max(200, deps.deadline.left)));
  let refusal: unknown;
  for (const version of options.versions) {
    // Versions differ in what they support, not in what they export: after a refusal only v3 is worth a try.
    if (refusal !== undefined && version !== '3') continue;
    try {
      await mountVersion(mount, options, version, address, deps);
      return version;
    } catch (error) {
      if (!isAboutVersion(error) && version === '3') throw refusal ?? error;
      if (!isAboutVersion(error)) refusal = error;
      else if (version === options.versions.at(-1)) throw refusal ?? error;
    }
  }
  throw refusal;
}

async function mountVersion(
  { server, directory, target }: NfsMount,
  options: NfsOptions,
  version: NfsVersion,
  address: string,
  { system, loadClient, deadline }: NfsDeps,
): Promise<void> {
  await loadClient(version);
  const limit = Math.min(mountLimit, Math.max(1000, deadline.left - 500));
  const data = mountData(options, version, address);
  await system.mountWatched(`${server}:${directory}`, target, 'nfs', data, options.flags, limit);
}

function isAboutVersion(error: unknown): boolean {
  return hasCode(
    error,
    'EPROTONOSUPPORT',
    'EINVAL',
    'EPROTO',
    'ENODEV',
    'EOPNOTSUPP',
    'EPFNOSUPPORT',
  );
}

function portOf({ data }: NfsOptions): number {
  const word = data.find((option) => /^port=\d+$/u.test(option));
  return word === undefined ? 2049 : Number(word.slice('port='.length));
}

/** The kernel wants a number; names are looked up here. */
async function resolveServer(server: string): Promise<string> {
  const bare = server.replace(/^\[(.*)\]$/u, '$1');
  if (isIP(bare) !== 0) return bare;
  try {
    return (await lookup(bare)).address;
  } catch (cause) {
    throw new StateliteError('ERR_STATELITE_NETWORK', `the server name ${server} is not known`, {
      cause,
      hint: 'does the DHCP answer name a DNS server that knows it? An address works without',
    });
  }
}
