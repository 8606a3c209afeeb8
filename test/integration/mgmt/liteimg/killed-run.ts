import { lstatSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/**
 * `node killed-run.ts WISH CHANGE [PATH...]`: liteimg in a process that kills itself before its
 * CHANGEth change of the file system. Prints `ready`; if it gets to the end, the number of changes
 * and the paths where nothing stood between any two of them.
 */
const [wish = '', fatal = '', ...watched] = process.argv.slice(2);
const gone = new Set<string>();
let changes = 0;

function count(): void {
  changes += 1;
  for (const path of watched) {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) gone.add(path);
  }
  if (changes === Number(fatal)) process.kill(process.pid, 'SIGKILL');
}

const changing = [
  'chmod',
  'copyFile',
  'link',
  'mkdir',
  'open',
  'rename',
  'rm',
  'rmdir',
  'symlink',
  'writeFile',
] as const;
for (const name of changing) {
  const real: (...args: never[]) => Promise<unknown> = fs[name];
  const counted = async (...args: never[]) => {
    count();
    return real(...args);
  };
  Object.assign(fs, { [name]: counted });
}
syncBuiltinESMExports();

const { liteimg } = await import('../../../../mgmt/image/liteimg/liteimg.ts');
const { nativeAddon } = await import('../../../helpers/native.ts');
const native = nativeAddon();
process.stdout.write('ready\n');
await liteimg(JSON.parse(wish), {
  ...native,
  copyAttributes: async (from, to) => {
    count();
    return native.copyAttributes(from, to);
  },
});
process.stdout.write([changes, ...gone, ''].join('\n'));
