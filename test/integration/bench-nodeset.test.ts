import { execFile, type ExecFileException } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { NodesetReport } from '../../scripts/bench/nodeset/report.ts';
import { tempRoot } from '../helpers/tree.ts';

function bench(argv: readonly string[], temporary: string) {
  const { promise, resolve } = Promise.withResolvers<{
    code: ExecFileException['code'];
    out: string;
    err: string;
  }>();
  const file = join(import.meta.dirname, '../../scripts/bench.ts');
  const env = { ...process.env, TMPDIR: temporary };
  execFile(process.execPath, [file, ...argv], { env }, (error, out, err) => {
    resolve({ code: error === null ? 0 : (error.code ?? undefined), out, err });
  });
  return promise;
}

test('npm run bench -- nodeset sets a whole site and a tenth of it for each loader', async () => {
  await using directory = await tempRoot();
  const argv = 'nodeset --sources --nodes 20 --runs 1'.split(' ');
  const { code, out, err } = await bench(argv, directory.path);
  expect({ code, err }).toMatchObject({ code: 0 });
  const report: NodesetReport = JSON.parse(out);
  expect(report).toMatchObject({ bench: 'nodeset', nodes: 20, runs: 1 });
  expect(report.sites.map(({ nodes }) => nodes)).toEqual([2, 20]);
  for (const { nodes, loaders } of report.sites) {
    const [xnba, pxe, grub2] = loaders.map(({ files }) => files);
    // Kernel, initramfs and the loaders are there always.
    expect([(pxe ?? 0) - (xnba ?? 0), (grub2 ?? 0) - (xnba ?? 0)]).toEqual([2 * nodes, 3 * nodes]);
    for (const { written, unchanged } of loaders) {
      expect(written.wallMs).toBeGreaterThan(0);
      expect(unchanged.cpuMs).toBeGreaterThan(0);
    }
  }
  expect(report.growth).toBeGreaterThan(0);
  for (const { goal, value, met } of report.goals) {
    expect(err).toContain(`${met ? 'met   ' : 'MISSED'}  ${goal}: ${value}`);
  }
  expect(await readdir(directory.path)).toEqual([]);
}, 180_000);

test.for([
  [['nodeset', '--nodes', '0'], 'whole numbers'],
  [['nodeset', '--clients', '2'], 'nodeset takes no --clients'],
] as const)('%j is refused with the usage', async ([argv, reason]) => {
  await using directory = await tempRoot();
  const { code, out, err } = await bench(argv, directory.path);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(reason);
});
