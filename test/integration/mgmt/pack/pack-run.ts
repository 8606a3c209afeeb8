import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/**
 * `node pack-run.ts OPTIONS [CHANGE]`: packs an image in a process that kills itself before its
 * CHANGEth change of the file system. Prints `ready` before and `done` after.
 */
const [options = '', fatal = '0'] = process.argv.slice(2);
let changes = 0;

for (const name of ['chmod', 'open', 'rename', 'rm', 'writeFile'] as const) {
  const real: (...args: never[]) => Promise<unknown> = fs[name];
  const counted = async (...args: never[]) => {
    changes += 1;
    if (changes === Number(fatal)) process.kill(process.pid, 'SIGKILL');
    return real(...args);
  };
  Object.assign(fs, { [name]: counted });
}
syncBuiltinESMExports();

const { packImage } = await import('../../../../mgmt/image/pack/pack-image.ts');
process.stdout.write('ready\n');
await packImage(JSON.parse(options));
process.stdout.write('done\n');
