import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { explainError } from '../../../../agent/errors.ts';
import { withSpaceHint } from '../../../../mgmt/image/generations/space.ts';
import { runInImage } from '../../../../mgmt/image/run/run-image.ts';
import { build, type Tree } from '../generations/image-home.ts';
import { listing } from '../liteimg/workshop.ts';
import { busyboxRoot, plantBusybox } from './busybox-root.ts';

/** `node no-space.ts DIRECTORY build|run|copy|in place`: tries it on a disk that is too small. */
const [directory = '', what = ''] = process.argv.slice(2);
const rootimgdir = join(directory, 'compute');
const megabyte = 'x'.repeat(1024 * 1024);
const small: Tree = busyboxRoot();
const large = (count: number): Tree =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`usr/lib/${index}`, megabyte + String(index)]),
  );

async function run(script: string, inPlace: boolean): Promise<number> {
  const wish = { image: 'compute', rootimgdir, argv: ['sh', '-c', script], inPlace };
  const signal = new AbortController().signal;
  const { status } = await runInImage(wish, {
    progress: { step: () => {}, done: () => {} },
    signal,
  });
  return status;
}

async function attempt(): Promise<string[]> {
  try {
    if (what === 'build') await withSpaceHint(rootimgdir, () => build(rootimgdir, large(20)));
    else if (what === 'in place') return [`exit ${await run('true', true)}`];
    else
      return [`exit ${await run('dd if=/dev/zero of=/usr/big bs=1M count=20 2>/dev/null', false)}`];
    return [];
  } catch (error) {
    return explainError(error);
  }
}

const base = { ...small, ...large(what === 'copy' ? 8 : what === 'in place' ? 4 : 1) };
await build(rootimgdir, base);
plantBusybox(join(rootimgdir, 'rootimg'));
if (what === 'in place') {
  await build(rootimgdir, { ...base, 'etc/second': '' });
  plantBusybox(join(rootimgdir, 'rootimg'));
  writeFileSync(join(directory, 'ballast'), megabyte.repeat(6));
}
const before = JSON.stringify(listing(rootimgdir, 'times'));
const lines = await attempt();
const isSame = JSON.stringify(listing(rootimgdir, 'times')) === before;
const names = readdirSync(`${rootimgdir}.generations`);
if (what === 'in place') writeFileSync(join(directory, 'ballast'), '');
const { number: next } = await build(rootimgdir, small);
process.stdout.write(`\n${JSON.stringify({ error: lines.join('; '), isSame, names, next })}\n`);
