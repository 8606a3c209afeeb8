import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describe, expect } from 'vitest';
import { markBytes, markOffset, parseMark, renderMark } from '../../agent/machine/disk-mark.ts';
import { readReport } from '../../scripts/demo-report.ts';
import { exec } from '../../vm/exec.ts';
import type { Node } from '../../vm/node.ts';
import { story as base } from '../vm/fixtures.ts';

/** A node with a directory on its own disk, and an image with a partitionfile. */
const story = base.extend('ready', { scope: 'file' }, async ({ site }) => {
  const { cluster, image } = site;
  const { management, rack } = cluster;
  const { osimage } = image;
  const partitionfile = join(rack.directory, 'partitionfile');
  const say = (text: string) => writeFile(partitionfile, text);
  await say('enable=yes\n');
  await cluster.addNode('cn01', { mac: '52:54:00:77:00:01', ip: '10.77.0.11' });
  await cluster.setTable('litefile', [{ image: 'ALL', file: '/root/', options: 'localdisk' }]);
  const column = (path: string) =>
    management.run('chtab', `imagename=${osimage}`, `linuximage.partitionfile=${path}`);
  await column(partitionfile);
  await management.run('genimage', osimage, '--onlyinitrd', '--compression', 'none');
  await management.run('liteimg', osimage);

  /** An empty disk of its own for each story. */
  const blank = async (name: string): Promise<string> => {
    const disk = join(rack.directory, `${name}.raw`);
    await writeFile(disk, '');
    await truncate(disk, 512 * 2 ** 20);
    return disk;
  };
  /** Boots as far as the image's shell for as long as `look` looks; then the power is cut. */
  const boot = async (disk: string, look: (node: Node) => Promise<void>): Promise<void> => {
    const words = 'init=/bin/sh statelite.onfail=halt statelite.deadline=600';
    const node = await cluster.bootInstalled('cn01', { osimage, append: words, disk });
    try {
      await look(node);
    } finally {
      if (node.machine.isRunning) await node.kill();
    }
  };
  const report = () => readReport(join(management.state, 'reports/cn01'));
  const steps = async (): Promise<string[]> =>
    (await report()).steps.map(({ step, why }) => (why === undefined ? step : `${step}; ${why}`));
  return { say, column, blank, boot, report, steps, partitionfile };
});

/** Without KVM, on a machine with other work. */
const slow = { timeout: 1_800_000 };
const inTime = { within: '90s' } as const;

const format = (clear: 'yes' | 'no', fstype = 'ext4') => `enable=yes
enablepart=yes

[disk]
dev=/dev/vda
clear=${clear}
ptype=gpt
fstype=${fstype}
parts=70,20

[localspace]
dev=/dev/vda1

[swapspace]
dev=/dev/vda2
`;

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Says that the disk was never done. */
async function markAsCut(disk: string): Promise<void> {
  await using file = await open(disk, 'r+');
  const { buffer } = await file.read(Buffer.alloc(markBytes), 0, markBytes, markOffset);
  const mark = parseMark(buffer);
  if (mark === undefined) throw new Error('the disk has no mark');
  await file.write(renderMark({ ...mark, state: 'making' }), 0, markBytes, markOffset);
}

describe('a local disk', () => {
  story('is divided once, and keeps its data over a power cut', slow, async ({ ready }) => {
    const disk = await ready.blank('kept');
    await ready.say(format('yes'));
    await ready.boot(disk, async (node) => {
      await node.atShell('# ', inTime);
      expect(await node.run('findmnt -no SOURCE,FSTYPE /root')).toMatch(
        /^\/dev\/vda1\S* +ext4\n$/u,
      );
      expect(await node.run('cat /proc/swaps')).toContain('/dev/vda2');
      await node.run('echo precious > /root/data && sync');
    });
    expect(await ready.steps()).toContainEqual(
      'wipe and divide /dev/vda: gpt, 1 ext4 357 MiB, 2 swap 102 MiB; clear=yes',
    );

    await ready.say(format('no'));
    await ready.boot(disk, async (node) => {
      await node.sees('e2fsck: ', inTime);
      await node.atShell('# ', inTime);
      expect(await node.run('cat /root/data')).toBe('precious\n');
      expect(await node.run('cat /proc/swaps')).toContain('/dev/vda2');
      expect(await node.run('findmnt -no OPTIONS /root')).toContain('errors=remount-ro');
    });
    expect((await ready.steps()).join('\n')).not.toContain('divide');
    expect(await ready.steps()).toContainEqual('check the file system of /dev/vda1');
  });

  story('that was not done when the power went is done again', slow, async ({ ready }) => {
    const disk = await ready.blank('cut');
    await ready.say(format('no', 'ext3'));
    await ready.boot(disk, async (node) => {
      await node.sees('wipe and divide /dev/vda', inTime);
    });
    await ready.boot(disk, async (node) => {
      await node.atShell('# ', inTime);
      expect(await node.run('findmnt -no FSTYPE /root')).toBe('ext4\n');
      await node.run('echo precious > /root/data && sync');
    });
    // The power went before the first write, or later.
    expect((await ready.steps())[0]).toMatch(
      /^wipe and divide .*; (the disk is empty|its division was cut off)$/u,
    );
    // Somebody went on by hand with what was cut off: the file system was mounted since.
    await markAsCut(disk);
    await ready.boot(disk, async (node) => {
      await node.atShell('# ', inTime);
      expect(await node.run('cat /root/data')).toBe('precious\n');
    });
    expect((await ready.steps()).join('\n')).not.toContain('divide');

    // As a mkfs that was cut off leaves it: the superblock is written last.
    await markAsCut(disk);
    {
      await using file = await open(disk, 'r+');
      await file.write(Buffer.alloc(4096), 0, 4096, 2 ** 20);
    }
    await ready.boot(disk, async (node) => {
      await node.atShell('# ', inTime);
      expect(await node.run('findmnt -no FSTYPE /root')).toBe('ext4\n');
    });
    expect((await ready.steps())[0]).toContain('; its division was cut off');
  });

  story('with data of others is refused, and not a bit of it changes', slow, async ({ ready }) => {
    const disk = await ready.blank('foreign');
    await exec(['mkfs.ext4', '-q', '-F', '-L', 'theirs', disk]);
    const before = await digest(disk);
    await ready.say(format('no'));
    await ready.boot(disk, async (node) => {
      await node.sees(
        'ERR_STATELITE_STORE: local disk: vda has no partitions, but an ext4 file system',
        inTime,
      );
      await node.sees('hint: clear=yes in its [disk] section wipes the disk');
      await node.machine.ended;
    });
    expect(await digest(disk)).toBe(before);
    const report = await ready.report();
    expect([report.outcome, report.error?.code]).toEqual(['error', 'ERR_STATELITE_STORE']);
  });

  story('is divided by a script, byte for byte as it was written', slow, async ({ ready }) => {
    const disk = await ready.blank('script');
    await ready.say(`#!/bin/sh
set -e
# an indented "here" document, & what XML has to escape
cat <<'END'
    two  blanks \\ and a backslash
END
mkfs.ext4 -q -F /dev/vda
mount -t ext4 /dev/vda /sysroot/.sllocal/localmnt
`);
    await ready.column(`s:${ready.partitionfile}`);
    await ready.boot(disk, async (node) => {
      await node.sees('partitionfile:     two  blanks \\ and a backslash', inTime);
      await node.atShell('# ', inTime);
      expect(await node.run('findmnt -no SOURCE /root')).toMatch(/^\/dev\/vda\b/u);
    });
    expect(await ready.steps()).toContainEqual('run the script of partitionfile');
  });
});
