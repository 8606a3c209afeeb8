import { build } from 'esbuild';

/**
 * Bundles a program into one CommonJS file: a single executable runs nothing else. yargs is an ES
 * module that wants import.meta.url, which such a bundle does not have; programs start when they are
 * told to (program.ts).
 */
export async function bundleProgram(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    external: ['pg-native'], // optional for pg, and not installed
    target: 'node24',
    format: 'cjs',
    outfile,
    logLevel: 'warning',
    define: {
      'import.meta.url': 'bundleUrl',
      'import.meta.dirname': '__dirname',
      'import.meta.main': 'false',
    },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(process.execPath).href;" },
  });
}
