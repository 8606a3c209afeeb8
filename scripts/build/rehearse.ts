import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compileBundle, runBundle } from './program.ts';
import { rehearseAgent } from './rehearse-agent.ts';
import { rehearseMgmt } from './rehearse-mgmt.ts';

/**
 * `node rehearse.ts PROGRAM BUNDLE CACHE`: runs what the program mostly does, in a temporary directory,
 * and writes the code that V8 has compiled for it. Run by the Node that will run the program.
 */
const rehearsals: Readonly<Record<string, (program: object) => Promise<void>>> = {
  'statelite-agent': rehearseAgent,
  statelite: rehearseMgmt,
};
const [name = '', bundle = '', cache = ''] = process.argv.slice(2);
const script = compileBundle(await readFile(bundle, 'utf8'), bundle);
const program = runBundle(script, {
  require: createRequire(import.meta.url),
  directory: join(import.meta.dirname, '../../agent/native'), // where the addon is looked for
});
await rehearsals[name]?.(program);
await writeFile(cache, script.createCachedData());
