import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { BootFile } from '../../../../mgmt/bootfiles/layout.ts';

/**
 * `node write-run.ts TFTPDIR FILES [CHANGE]`: writes boot files, of which FILES is the JSON, in a
 * process that kills itself before its CHANGEth change of the file system. With `no links` instead
 * it writes them as if the file system had no hard links.
 */
const [tftpdir = '', json = '[]', fatal = ''] = process.argv.slice(2);
const files: readonly BootFile[] = JSON.parse(json);
let changes = 0;

/** What changes files or directories, as far as boot files are concerned. */
const changing = [
  'linkSync',
  'mkdirSync',
  'renameSync',
  'rmSync',
  'symlinkSync',
  'unlinkSync',
  'writeFileSync',
] as const;
for (const name of changing) {
  const real: (...args: never[]) => unknown = fs[name];
  const counted = (...args: never[]) => {
    changes += 1;
    if (changes === Number(fatal)) process.kill(process.pid, 'SIGKILL');
    if (name === 'linkSync' && fatal === 'no') {
      throw Object.assign(new Error('no hard links'), { code: 'EPERM' });
    }
    return real(...args);
  };
  Object.assign(fs, { [name]: counted });
}
syncBuiltinESMExports();

const { writeAll } = await import('./write-all.ts');
await writeAll(tftpdir, files);
