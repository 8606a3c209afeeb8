import { type Bytes, fsPath } from '../../../agent/files/bytes.ts';
import { type Files, type Place, placeBytes, type Reads, type Status } from './files.ts';

/** An object of the image as it would be. */
interface Thing {
  status: Status;
  /** Where the disk has its content, its target or the names in it that `names` does not know. */
  readonly onDisk: Place | undefined;
  /** Without a place on the disk. */
  readonly content: Buffer;
  /** What is known of a directory; undefined is a name that vanished. */
  readonly names: Map<Bytes, Thing | undefined>;
}

/** Reads the disk, and changes nothing: changes are remembered and seen by what is read later. */
export function pretendedFiles(disk: Reads): Files {
  const top = onDisk(disk, '/') ?? fail('/');

  const childOf = (thing: Thing | undefined, name: Bytes): Thing | undefined => {
    if (thing === undefined || !thing.status.isDirectory()) return undefined;
    if (thing.names.has(name)) return thing.names.get(name);
    if (thing.onDisk === undefined) return undefined;
    const found = onDisk(disk, fsPath(`${placeBytes(thing.onDisk)}/${name}`));
    thing.names.set(name, found);
    return found;
  };
  const find = (path: Bytes) =>
    path
      .split('/')
      .filter((name) => name !== '')
      .reduce<Thing | undefined>(childOf, top);
  const at = (place: Place) => find(placeBytes(place));
  const known = (place: Place) => at(place) ?? fail(place);

  const put = (place: Place, thing: Thing | undefined) => {
    const path = placeBytes(place);
    const end = path.lastIndexOf('/');
    const directory = find(path.slice(0, end)) ?? fail(place);
    directory.names.set(path.slice(end + 1), thing);
    directory.status = { ...directory.status, mtimeNs: now() };
  };
  const make = (place: Place, thing: Thing) => {
    if (at(place) !== undefined) return false;
    put(place, thing);
    return true;
  };
  const contentOf = async ({ onDisk: place, content }: Thing) =>
    place === undefined ? content : disk.content(place);
  const namesOf = async (directory: Thing): Promise<Buffer[]> => {
    const old = directory.onDisk === undefined ? [] : await disk.names(directory.onDisk);
    for (const name of old) childOf(directory, name.toString('latin1'));
    return [...directory.names]
      .filter(([, thing]) => thing !== undefined)
      .map(([name]) => fsPath(name));
  };

  return {
    status: (place) => at(place)?.status,
    names: async (directory) => namesOf(known(directory)),
    async target(link) {
      const thing = known(link);
      return thing.onDisk === undefined ? thing.content : disk.target(thing.onDisk);
    },
    content: async (file) => contentOf(known(file)),
    async sameBytes(one, other) {
      const [a, b] = [known(one), known(other)];
      if (a.onDisk !== undefined && b.onDisk !== undefined)
        return disk.sameBytes(a.onDisk, b.onDisk);
      return (await contentOf(a)).equals(await contentOf(b));
    },
    makeDirectory: async (place) => make(place, made('dir', '', 0o755)),
    async makeFile(place, content = '', like) {
      const file = made('file', content, 0o644);
      const lent = like === undefined ? {} : attributesOf(known(like));
      return make(place, { ...file, status: { ...file.status, ...lent, mtimeNs: now() } });
    },
    makeLink: async (place, target) => put(place, made('link', Buffer.from(target), 0o777)),
    addName: async (place, name) => put(name, known(place)),
    async move(from, to) {
      const thing = known(from);
      put(from, undefined);
      put(to, thing);
    },
    async remove(place) {
      const isThere = at(place) !== undefined;
      if (isThere) put(place, undefined);
      return isThere;
    },
    async removeEmpty(directory) {
      const thing = at(directory);
      if (thing === undefined || (await namesOf(thing)).length > 0) return false;
      put(directory, undefined);
      return true;
    },
    async replace(file, text) {
      put(file, made('file', Buffer.from(text), 0o644));
    },
    copies: () => ({
      object: async (from, to) => put(to, { ...known(from), names: new Map() }),
      async attributes(from, to) {
        const thing = known(to);
        thing.status = { ...thing.status, ...attributesOf(known(from)) };
      },
    }),
  };
}

function onDisk(disk: Reads, place: Place): Thing | undefined {
  const status = disk.status(place);
  if (status === undefined) return undefined;
  const looks = {
    mode: status.mode,
    uid: status.uid,
    gid: status.gid,
    size: status.size,
    mtimeNs: status.mtimeNs,
    rdev: status.rdev,
    isDirectory: () => status.isDirectory(),
    isFile: () => status.isFile(),
    isSymbolicLink: () => status.isSymbolicLink(),
  };
  return { status: looks, onDisk: place, content: Buffer.alloc(0), names: new Map() };
}

const typeBits = { dir: 0o040000n, file: 0o100000n, link: 0o120000n } as const;

function made(type: keyof typeof typeBits, text: string | Buffer, mode: number): Thing {
  const content = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
  const status: Status = {
    mode: typeBits[type] | BigInt(mode),
    uid: 0n,
    gid: 0n,
    size: BigInt(content.length),
    mtimeNs: now(),
    rdev: 0n,
    isDirectory: () => type === 'dir',
    isFile: () => type === 'file',
    isSymbolicLink: () => type === 'link',
  };
  return { status, onDisk: undefined, content, names: new Map() };
}

function attributesOf({ status: { mode, uid, gid, mtimeNs } }: Thing) {
  return { mode, uid, gid, mtimeNs };
}

/** Like the disk's clock, it never gives a time that something on the disk has. */
function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);
}

function fail(place: Place): never {
  throw Object.assign(new Error(`ENOENT: no such file or directory, '${place.toString()}'`), {
    code: 'ENOENT',
  });
}
