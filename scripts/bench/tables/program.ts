import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const top = join(import.meta.dirname, '../../..');
/** The program as it is installed. */
const built = join(top, 'dist/statelite');

/**
 * The command line of the program: the built one, or of the sources as one file in `directory`,
 * which Node has to compile at each start. Throws if there is no built one.
 */
export async function programOf(sources: boolean, directory: string): Promise<string[]> {
  if (!sources) {
    if (existsSync(built)) return [built];
    throw new Error(`there is no ${built}: npm run build makes it`);
  }
  const outfile = join(directory, 'statelite.mjs');
  await build({
    entryPoints: [join(top, 'mgmt/main.ts')],
    bundle: true,
    platform: 'node',
    external: ['pg-native'], // optional for pg, and not installed
    target: 'node24',
    format: 'esm',
    outfile,
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as from } from 'node:module'; const require = from(import.meta.url);",
    },
  });
  return [process.execPath, '--no-warnings', outfile];
}
