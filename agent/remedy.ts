import { StateliteError } from './errors.ts';
import { nameOfArea, tellTrouble, type Trouble, troubleOf } from './trouble.ts';

const lookAtLog = 'look at the steps before it in /.statelite/statelite.log';

/** What an operator can do about it, by errno, side and store (semantics 5.6). */
export function remedy(trouble: Trouble | undefined): string {
  if (trouble === undefined) return lookAtLog;
  const where = nameOfArea(trouble);
  switch (trouble.code) {
    case 'ENOSPC':
      return `${where} is full${roomIn(trouble)}: ${makeRoom(trouble)}`;
    case 'EDQUOT':
      return `the quota of ${where} is used up${roomIn(trouble)}: raise it, or make room there`;
    case 'EROFS':
      return readOnly(trouble);
    case 'EACCES':
    case 'EPERM':
      return refused(trouble);
    case 'ESTALE':
      return `the server replaced or removed what it exports as ${where}: boot the node again; if it stays, export it anew (exportfs -ra)`;
    case 'EIO':
    case 'EREMOTEIO':
      return trouble.area === 'localdisk'
        ? `${where} has errors: look at dmesg, and check its file system (fsck)`
        : `is the server of ${where} up and reachable, and its disk sound? Look at dmesg, and at the server's log`;
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ECONNREFUSED':
      return `is the server of ${where} up and reachable?`;
    case 'ENAMETOOLONG':
      return 'a path has 4095 bytes at most and a name 255: shorten it in its source, or list a deeper directory';
    case 'ENOENT':
      return trouble.side === 'reading'
        ? `it went from ${where} while the node booted: boot the node again`
        : lookAtLog;
    default:
      return lookAtLog;
  }
}

/**
 * What failed while roots and stores were looked at, told as a failed step is: with the file, the store
 * or tree, and the remedy. Errors of another kind, refusals for one, are given back as they are.
 */
export async function lookFailure(error: unknown, root: string): Promise<unknown> {
  const cause = error instanceof StateliteError ? error.cause : error;
  const trouble = await troubleOf(cause, root, '/');
  if (trouble === undefined) return error;
  const message = `cannot look at what is there: ${tellTrouble({ ...trouble, side: 'reading' })}`;
  return new StateliteError('ERR_STATELITE_STORE', message, { cause, hint: remedy(trouble) });
}

function makeRoom({ area, room, needs }: Trouble): string {
  const { bytes } = shortOf(room, needs);
  if (area === 'memory') return 'give the node more memory, or list less';
  if (area === 'image' || area === 'tree') return lookAtLog;
  return bytes ? 'make room there' : 'make inodes, so remove files there';
}

/** ` (8.0 MiB, 1.2 MiB free; the entry needs 12.0 MiB or more)`, as far as it is known. */
function roomIn({ room, needs }: Trouble): string {
  const { bytes, inodes } = shortOf(room, needs);
  const told: string[] = [];
  if (room !== undefined) {
    if (bytes) told.push(`${inUnits(room.size)}, ${inUnits(room.free)} free`);
    if (inodes) told.push(`${room.inodes} inodes, ${room.freeInodes} free`);
  }
  if (needs !== undefined) {
    const objects = bytes ? `${needs.objects} inodes and ` : String(needs.objects);
    const wants = `${inodes ? objects : ''}${bytes ? inUnits(needs.bytes) : ''}`;
    told.push(`the entry needs ${wants} or more`);
  }
  return told.length === 0 ? '' : ` (${told.join('; ')})`;
}

/** What ran out: inodes, bytes, or both; where nothing tells, bytes. */
function shortOf(room: Trouble['room'], needs: Trouble['needs']) {
  const { free = 0, inodes = 0, freeInodes = 0 } = room ?? {};
  const lacksInodes =
    inodes > 0 && (freeInodes === 0 || (needs !== undefined && freeInodes < needs.objects));
  const lacksBytes = needs !== undefined && free < needs.bytes;
  return { inodes: lacksInodes, bytes: lacksBytes || !lacksInodes };
}

function readOnly(trouble: Trouble): string {
  const where = nameOfArea(trouble);
  if (trouble.area === 'persistent') {
    return trouble.mounted?.isReadonly === true
      ? `${where} is mounted read-only: take ro out of statelite.mntopts`
      : `${where} is exported read-only: export it read-write`;
  }
  if (trouble.area === 'localdisk') {
    return `${where} is read-only: look at dmesg for its errors, and check its file system (fsck)`;
  }
  return `${where} is read-only: run liteimg for the image`;
}

function refused(trouble: Trouble): string {
  const { area, side, mounted } = trouble;
  const where = nameOfArea(trouble);
  if (area === 'localdisk' || area === 'memory') {
    return `${where} lets nobody change it: is it immutable (lsattr), or owned by a security module?`;
  }
  const isServers = mounted === undefined || mounted.location.includes(':/');
  if (!isServers)
    return `look at owner, mode and attributes (lsattr) there: root may not do that in ${where}`;
  return side === 'reading' && area !== 'persistent'
    ? `the server does not let root read it: export ${where} with no_root_squash, or let everybody read it`
    : `the server does not let root write: export ${where} with no_root_squash`;
}

function inUnits(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length);
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}
