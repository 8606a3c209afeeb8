import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { explainError } from '../../agent/errors.ts';
import { linuxSystem } from '../../agent/linux.ts';
import { nativeAddon } from '../helpers/native.ts';
import type { CaseRun, CaseWish } from './start-case.ts';
import { runBoots } from './run-boot.ts';
import { runImage } from './run-image.ts';

const native = nativeAddon();
const system = linuxSystem(native);

/**
 * From here on `/` is an empty tmpfs: nothing of the machine can be reached by a path. It is mounted
 * over this directory, so that nothing has to be made, or can be left, for it.
 */
async function enterSandbox(): Promise<void> {
  const here = import.meta.dirname;
  await system.mount('case', here, 'tmpfs', 'mode=755');
  mkdirSync(join(here, 'proc'));
  await system.mount('proc', join(here, 'proc'), 'proc', '');
  system.changeRoot(here);
  process.chdir('/');
}

async function runCase(wish: CaseWish): Promise<CaseRun> {
  process.umask(0o022);
  await enterSandbox();
  const liteimg = await runImage(wish.input, wish.base, native);
  return { liteimg, boots: await runBoots(wish.input, native) };
}

try {
  const wish: CaseWish = JSON.parse(await text(process.stdin)); // what startCase() was called with
  process.stdout.write(JSON.stringify(await runCase(wish)));
} catch (error) {
  process.stderr.write(explainError(error).join('; '));
  process.exitCode = 1;
}
