import { describe, expect, test } from 'vitest';
import { type ReadAt, readDynamicLinking, readSection } from '../../../initramfs/elf.ts';
import { elfFile } from './elf-file.ts';

const reading =
  (file: Buffer): ReadAt =>
  async (offset, length) =>
    file.subarray(offset, offset + length);

describe('what a program wants from the dynamic linker', () => {
  test('its interpreter and its libraries, in their order', async () => {
    const file = elfFile({ interpreter: '/lib64/ld.so.2', needed: ['libm.so.6', 'libc.so.6'] });
    expect(await readDynamicLinking(reading(file))).toEqual({
      machine: 62,
      interpreter: '/lib64/ld.so.2',
      needed: ['libm.so.6', 'libc.so.6'],
      versions: { needed: [], defined: [] },
    });
  });

  test('the versions of symbols that it was linked to, and those that a library has', async () => {
    const file = elfFile({
      needed: ['libm.so.6', 'libc.so.6'],
      wants: { 'libm.so.6': ['GLIBC_2.29'], 'libc.so.6': ['GLIBC_2.17', 'GLIBC_2.28'] },
      defines: ['libown.so', 'OWN_1'],
    });
    expect((await readDynamicLinking(reading(file)))?.versions).toEqual({
      needed: [
        { library: 'libm.so.6', version: 'GLIBC_2.29' },
        { library: 'libc.so.6', version: 'GLIBC_2.17' },
        { library: 'libc.so.6', version: 'GLIBC_2.28' },
      ],
      defined: ['libown.so', 'OWN_1'],
    });
  });

  test('versions that lead on and on are damaged', async () => {
    const file = elfFile({ needed: ['l'], wants: { l: Array.from({ length: 1001 }, () => 'V') } });
    await expect(readDynamicLinking(reading(file))).rejects.toThrow('versions are damaged');
  });

  test('a static program wants nothing', async () => {
    expect(await readDynamicLinking(reading(elfFile({ machine: 183 })))).toEqual({
      machine: 183,
      interpreter: undefined,
      needed: [],
      versions: { needed: [], defined: [] },
    });
  });

  test.for([
    ['a script', Buffer.from('#!/bin/sh\n'.padEnd(80, '#'))],
    ['an empty file', Buffer.alloc(0)],
    ['a 32-bit program', Buffer.from('\u007FELF\u0001\u0001'.padEnd(80, '\0'), 'latin1')],
  ] as const)('%s is none', async ([, file]) => {
    expect(await readDynamicLinking(reading(file))).toBeUndefined();
  });

  test('a file that is cut short is an error, wherever the cut is', async () => {
    const file = elfFile({
      interpreter: '/lib64/ld.so.2',
      needed: ['libc.so.6'],
      wants: { 'libc.so.6': ['GLIBC_2.17', 'GLIBC_2.28'] },
      defines: ['OWN_1', 'OWN_2'],
    });
    const whole = await readDynamicLinking(reading(file));
    for (let length = 64; length < file.length; length++) {
      const cut = readDynamicLinking(reading(file.subarray(0, length)));
      const outcome = await cut.catch((error: Error) => error.message);
      expect([whole, 'the ELF file is cut short']).toContainEqual(outcome);
    }
  });

  test('a size that no file has is refused before it is read', async () => {
    const file = elfFile({ interpreter: '/lib64/ld.so.2' });
    file.writeBigUInt64LE(1n << 40n, 64 + 32);
    await expect(readDynamicLinking(reading(file))).rejects.toThrow('damaged');
  });
});

describe('a section', () => {
  const file = elfFile({ sections: { '.modinfo': 'license=GPL\0', '.text': 'code' } });

  test('is found by its name', async () => {
    expect(String(await readSection(reading(file), '.modinfo'))).toBe('license=GPL\0');
    expect(String(await readSection(reading(file), '.text'))).toBe('code');
  });

  test('that is not there is nothing', async () => {
    expect(await readSection(reading(file), '.BTF')).toBeUndefined();
    expect(await readSection(reading(Buffer.from('no ELF')), '.modinfo')).toBeUndefined();
  });
});
