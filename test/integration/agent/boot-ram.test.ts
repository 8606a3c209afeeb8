import { appendFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LitetreeRow } from '../../../agent/protocol/answer.ts';
import { bootWhole } from '../../helpers/boot.ts';
import { row } from '../../helpers/rows.ts';

const rows = [row('/etc/motd'), row('/etc/kept', 'persistent'), row('/var/log/', 'link')];

const given = {
  rows,
  image: {
    '/etc/motd': 'of the image\n',
    '/etc/kept': 'first\n',
    '/etc/unlisted': 'of the image\n',
    '/var/log/old': 'of the image\n',
  },
  trees: { one: { '/etc/motd': 'of the tree\n' } },
};

/** An init that says what it sees, and writes where it may. */
const init = [
  'b=/bin/busybox',
  '$b cat /etc/motd /etc/kept /var/log/old',
  'echo second > /etc/kept',
  '{ echo "the root is writable" > /etc/unlisted; } 2>/dev/null; $b cat /etc/unlisted',
  '$b grep " / " /proc/mounts | $b grep -v initramfs | $b cut -d" " -f1-3',
];

const litetree: LitetreeRow[] = [
  { priority: '1', directory: '127.0.0.1:/trees/one', mntopts: '', specificity: 'ALL' },
];
const answers = [{ litefile: rows, litetree }];
const halting = { words: 'statelite.onfail=halt statelite.deadline=60', answers };

describe('a boot from memory, as PID 1', () => {
  test.for([
    'rootimg-statelite.gz',
    'rootimg-statelite.cpio.zst',
    'rootimg-statelite.tar.gz',
    'rootimg-statelite.tar.zst',
  ])('puts every entry in place in a root out of %s', async (packed) => {
    const booted = await bootWhole({ ...given, init }, { ...halting, packed });
    expect(booted.out.split('\n')).toEqual([
      'of the tree',
      'first',
      'of the image',
      'the root is writable',
      'rootfs / tmpfs',
      '',
    ]);
    expect(booted.persistent).toMatchObject({ '/cn01/etc/kept': 'second\n' });
    const [report] = booted.reports;
    expect(report).toMatchObject({ outcome: 'ok', generation: 12 });
    expect(report?.phases.map(({ name }) => name)).toEqual(
      'modules network download root query image stores entries'.split(' '),
    );
    expect(report?.phases[2]?.bytes).toBeGreaterThan(100_000);
  });

  const packed = 'rootimg-statelite.gz';
  const image = (exports: string) => join(exports, 'netboot/img', packed);

  test.for([
    {
      what: 'is damaged',
      damage: (exports: string) => appendFileSync(image(exports), 'x'),
      said: ['the SHA-256 is ', '; fetching all of it anew', 'hint: pack it again: liteimg'],
    },
    {
      what: 'is cut and has no digest',
      damage: (exports: string) => {
        truncateSync(image(exports), 50_000);
        rmSync(`${image(exports)}.sha256`);
      },
      said: ['there is no http://', 'is damaged: unexpected end of file', 'liteimg'],
    },
    {
      what: 'is not there',
      damage: (exports: string) => {
        rmSync(image(exports));
        rmSync(`${image(exports)}.sha256`);
      },
      said: ['the server answers with status 404', 'hint: was it packed (liteimg)'],
    },
  ])('that $what ends with what to do', async ({ damage, said }) => {
    const booted = await bootWhole({ ...given, init }, { ...halting, packed }, damage);
    expect(booted.code).toBe(7);
    expect(booted.err).toContain('ERR_STATELITE_IMAGE: cannot boot from http://127.0.0.1:');
    for (const line of said) expect(booted.err).toContain(line);
    expect(booted.reports).toMatchObject([
      { outcome: 'error', error: { code: 'ERR_STATELITE_IMAGE' } },
    ]);
  });

  test('that its memory limit does not hold says how much there is', async () => {
    const words = `${halting.words} rootlimit=1m`;
    const booted = await bootWhole({ ...given, init }, { answers, words, packed });
    expect(booted.code).toBe(7);
    expect(booted.err).toMatch(
      /ERR_STATELITE_IMAGE: the image has [\d.]+ MiB unpacked, and the root may have 1\.0 MiB/u,
    );
    expect(booted.err).toContain('hint: rootlimit= allows more');
  });

  test('that fills its memory says how far it came', async () => {
    const words = `${halting.words} rootlimit=1500k`;
    const name = 'rootimg-statelite.cpio.zst'; // which does not tell how large it is
    const booted = await bootWhole({ ...given, init }, { answers, words, packed: name });
    expect(booted.err).toMatch(
      /ERR_STATELITE_IMAGE: the root is full with 1\.5 MiB after [\d.]+ MiB of [\d.]+ MiB/u,
    );
  });
});
