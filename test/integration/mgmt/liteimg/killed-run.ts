import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/**
 * `node killed-run.ts WISH CHANGE`: liteimg in a process that kills itself before its CHANGEth
 * change of the file system. Prints `ready`, and the number of changes if it gets to the end.
 */
const [wish = '', fatal = ''] = process.argv.slice(2);
let changes = 0;

function count(): void {
  changes += 1;
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
  makeNode: (path, mode, device) => native.makeNode(path, mode, device),
  copyAttributes: async (from, to) => {
    count();
    return native.copyAttributes(from, to);
  },
});
process.stdout.write(`${changes}\n`);
