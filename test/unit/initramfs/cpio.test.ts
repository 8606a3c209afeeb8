import { describe, expect, test } from 'vitest';
import { cpio, type CpioEntry } from '../../../initramfs/cpio.ts';

async function archiveOf(...entries: CpioEntry[]): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(cpio(entries)));
}

/** A newc record: its numbers in the order of cpio(5), its name, its content. */
function recordAt(archive: Buffer, offset: number) {
  const numbers = Array.from({ length: 13 }, (_, index) => {
    const at = offset + 6 + index * 8;
    return Number.parseInt(archive.toString('latin1', at, at + 8), 16);
  });
  const [ino, mode, uid, gid, nlink, mtime, size = 0, , , major, minor, nameSize = 0] = numbers;
  const nameAt = offset + 110;
  const contentAt = aligned(nameAt + nameSize);
  return {
    magic: archive.toString('latin1', offset, offset + 6),
    numbers: { ino, mode, uid, gid, nlink, mtime, size, major, minor },
    name: archive.toString('utf8', nameAt, nameAt + nameSize - 1),
    content: archive.toString('utf8', contentAt, contentAt + size),
    next: aligned(contentAt + size),
  };
}

const aligned = (offset: number) => Math.ceil(offset / 4) * 4;
const file = (path: string, text: string, size = Buffer.byteLength(text)): CpioEntry => ({
  path,
  kind: 'file',
  mode: 0o755,
  size,
  content: { data: Buffer.from(text) },
});

describe('a newc archive', () => {
  test("a file is root's, of 1970, and its path counts from the root", async () => {
    const record = recordAt(await archiveOf(file('/init', 'hello')), 0);
    expect(record).toMatchObject({ magic: '070701', name: 'init', content: 'hello' });
    expect(record.numbers).toEqual({
      ino: 1,
      mode: 0o100755,
      uid: 0,
      gid: 0,
      nlink: 1,
      mtime: 0,
      size: 5,
      major: 0,
      minor: 0,
    });
  });

  test.for([
    [{ path: '/tmp', kind: 'directory', mode: 0o1777 }, 0o041777, { nlink: 2, size: 0 }],
    [{ path: '/bin/sh', kind: 'link', target: 'busybox' }, 0o120777, { size: 7 }],
    [
      { path: '/dev/console', kind: 'device', mode: 0o600, major: 5, minor: 1 },
      0o020600,
      { major: 5, minor: 1, size: 0 },
    ],
  ] as const)('a $0.kind', async ([entry, mode, numbers]) => {
    expect(recordAt(await archiveOf(entry), 0).numbers).toMatchObject({ mode, ...numbers });
  });

  test('records follow one another whatever the lengths of names and contents', async () => {
    const entries = [1, 2, 3, 4, 5].map((length) =>
      file(`/${'x'.repeat(length)}`, 'y'.repeat(length)),
    );
    const archive = await archiveOf(...entries);
    const names: string[] = [];
    for (let offset = 0; offset < archive.length;) {
      const record = recordAt(archive, offset);
      expect(record.magic).toBe('070701');
      names.push(record.name);
      if (record.name === 'TRAILER!!!') break;
      offset = record.next;
    }
    expect(names).toEqual(['x', 'xx', 'xxx', 'xxxx', 'xxxxx', 'TRAILER!!!']);
    expect(archive.length % 512).toBe(0);
  });

  test('every entry has an inode number of its own', async () => {
    const archive = await archiveOf(file('/a', ''), file('/b', ''));
    const first = recordAt(archive, 0);
    expect([first, recordAt(archive, first.next)].map(({ numbers }) => numbers.ino)).toEqual([
      1, 2,
    ]);
  });

  test('a file that is not as long as announced ends the archive with its name', async () => {
    await expect(archiveOf(file('/init', 'hello', 4))).rejects.toThrow(
      '/init changed while it was packed: 5 bytes, not 4',
    );
  });

  test('a file of more than 32 bits of length is refused', async () => {
    await expect(archiveOf(file('/init', '', 2 ** 32))).rejects.toThrow('/init is too large');
  });
});
