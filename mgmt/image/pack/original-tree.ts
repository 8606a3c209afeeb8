import type { Entries } from '../../../agent/rules/entries.ts';
import { type Bytes, bytesOf, fsPath } from '../../../agent/files/bytes.ts';
import { layout } from '../../../agent/rules/layout.ts';
import { checkImage } from '../liteimg/check.ts';
import { diskReads } from '../liteimg/disk.ts';
import { readEarlier } from '../liteimg/earlier.ts';
import { type Files, type Place, placeBytes, type Reads } from '../liteimg/files.ts';
import { type Image, statusOf } from '../liteimg/image.ts';
import { journalOf } from '../liteimg/journal.ts';
import { pretendedFiles } from '../liteimg/pretence.ts';
import { restoreEntries } from '../liteimg/restore.ts';
import { type Member, newMember } from './member.ts';
import { type LeaveOut, memberAt, type Source } from './tree.ts';

/** A table without rows: what liteimg did is taken back. */
const nothingWanted: Entries = { entries: new Map(), leftAlone: [], mtabInCopy: undefined };

/** What belongs to liteimg, or to stock xCAT's (packimage of xCAT leaves the same out). */
const ofLiteimg: ReadonlySet<Bytes> = new Set([
  '.statelite',
  '.default',
  '.default.links',
  '.statebackup',
  'etc/init.d/statelite',
  'etc/rc.sysinit.backup',
]);

export const leaveOutLiteimg: LeaveOut = (path) => ofLiteimg.has(path);

/**
 * The members of an image as it was before liteimg: the originals stand where it planted links. The
 * tree is only read (mgmt QUIRK-56): liteimg itself takes back what it did, on a pretence of it.
 * Undefined for an image that it never touched. Throws ERR_STATELITE_IMAGE if its record is damaged.
 */
export async function originalSource(root: string): Promise<Source | undefined> {
  if (diskReads.status(root + layout.save) === undefined) return undefined;
  const seen = watched(diskReads);
  const journal = journalOf(root, pretendedFiles(seen.reads));
  const tree = { root, files: journal.files };
  await checkImage(tree);
  const earlier = await readEarlier(tree);
  const image: Image = {
    ...tree,
    journal,
    missing: new Map(),
    made: new Map(earlier.made),
    notes: [],
  };
  await restoreEntries(image, earlier, nothingWanted);
  seen.stopReading();
  return sourceOf(root, journal.files, seen);
}

function sourceOf(root: string, files: Files, seen: Watched): Source {
  const at = (path: Bytes) => fsPath(path === '' ? bytesOf(root) : `${bytesOf(root)}/${path}`);
  return {
    names: async (directory) =>
      (await files.names(at(directory))).map((name) => name.toString('latin1')),
    async member(path) {
      const status = statusOf({ files }, at(path));
      if (status === undefined) return undefined;
      const { place, read } = await seen.during(async () => {
        if (status.isDirectory()) await files.names(at(path));
        else if (status.isSymbolicLink()) return files.target(at(path));
        else return files.content(at(path));
        return Buffer.alloc(0);
      });
      const like: Partial<Member> = {
        mode: Number(status.mode & 0o7777n),
        uid: Number(status.uid),
        gid: Number(status.gid),
      };
      if (place !== undefined) {
        const member = await memberAt(path, placeBytes(place));
        return member === undefined ? undefined : { ...member, ...like };
      }
      const member = newMember(path, status.isDirectory() ? 'directory' : 'file', read);
      if (!status.isSymbolicLink()) return { ...member, ...like };
      return { ...member, ...like, kind: 'link', size: 0, target: read.toString('latin1') };
    },
  };
}

interface Watched {
  readonly reads: Reads;
  /** Files are no longer read from here on: only where they are is of interest. */
  stopReading(): void;
  /** What `work` gave, and the place of the disk that it asked for last. */
  during(work: () => Promise<Buffer>): Promise<{ place: Place | undefined; read: Buffer }>;
}

/** Whoever asks a pretence for something learns here where the disk has it. */
function watched(disk: Reads): Watched {
  let last: Place | undefined;
  let isReading = true;
  const asked = <T>(place: Place, answer: T): T => {
    last = place;
    return answer;
  };
  return {
    reads: {
      ...disk,
      names: async (directory) => asked(directory, await disk.names(directory)),
      target: async (link) => asked(link, await disk.target(link)),
      content: async (file) => asked(file, isReading ? await disk.content(file) : Buffer.alloc(0)),
    },
    stopReading: () => void (isReading = false),
    async during(work) {
      last = undefined;
      const read = await work();
      return { place: last, read };
    },
  };
}
