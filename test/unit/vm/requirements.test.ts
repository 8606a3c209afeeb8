import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingForLab, packagesOf, partNames } from '../../../vm/requirements.ts';

test('a missing program is named with the package that has it', async () => {
  expect(await missingForLab('/nonexistent', 0)).toEqual(
    expect.arrayContaining(['qemu-system-x86_64 (qemu-system-x86)', 'nft (nftables)']),
  );
});

test('what only some stories need is missing for them only', async () => {
  const [qemu, dnf] = ['qemu-system-aarch64 (qemu-system-arm)', 'dnf (dnf)'];
  expect(await missingForLab('/nonexistent', 0)).not.toContain(qemu);
  const missing = await missingForLab('/nonexistent', 0, { parts: ['aarch64', 'rpm'] });
  expect(missing).toEqual(expect.arrayContaining([qemu, dnf]));
  expect(new Set(missing).size).toBe(missing.length);
});

test('who is not root cannot run the lab', async () => {
  expect(await missingForLab('/nonexistent', 1000)).toContain(
    'root, for private namespaces and taps',
  );
});

test('what is not built yet is named with the command that builds it', async () => {
  const built = { '/nonexistent/statelite': 'npm run build' };
  expect(await missingForLab('/nonexistent', 0, { built })).toContain(
    '/nonexistent/statelite (npm run build)',
  );
});

test('scripts/bootstrap installs all of it', async () => {
  const everyday = await packages('packages.txt');
  const nightly = [...everyday, ...(await packages('packages-nightly.txt'))];
  const foreign = new Set(['aarch64', 'ppc64le']);
  for (const part of ['lab' as const, ...partNames]) {
    const listed = new Set([...(foreign.has(part) ? nightly : everyday), ...always]);
    expect([part, [...packagesOf(part).difference(listed)]]).toEqual([part, []]);
  }
});

/** On every Debian, or a thing that is no package. */
const always = ['apt', 'dpkg', 'qemu-system-data', 'a kernel with CONFIG_TUN'];

async function packages(list: string): Promise<string[]> {
  const file = join(import.meta.dirname, '../../../scripts', list);
  return (await readFile(file, 'utf8')).trimEnd().split('\n');
}
