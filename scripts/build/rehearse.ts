import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compileBundle, runBundle } from './program.ts';
import { rehearseAgent } from './rehearse-agent.ts';
import { rehearseMgmt } from './rehearse-mgmt.ts';

const rehearsals: Readonly<Record<string, (program: object) => Promise<void>>> = {
  'statelite-agent': rehearseAgent,
  statelite: rehearseMgmt,
};

/**
 * `node rehearse.cjs PROGRAM BUNDLE CACHE`: runs what the program mostly does, in a temporary directory,
 * and writes the code that V8 has compiled for it. Run by the Node that will run the program, and as a
 * bundle in `<stage>/scripts/build`: program and rehearsal then find the addon in `<stage>/dist`.
 */
async function rehearse([name = '', bundle = '', cache = '']: readonly string[]): Promise<void> {
  const script = compileBundle(await readFile(bundle, 'utf8'), bundle);
  const program = runBundle(script, {
    require: createRequire(import.meta.url),
    directory: join(import.meta.dirname, '../../agent/native'),
  });
  await rehearsals[name]?.(program);
  await writeFile(cache, script.createCachedData());
}

void rehearse(process.argv.slice(2));
