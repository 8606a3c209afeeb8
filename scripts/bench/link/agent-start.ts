import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { compileBundle, runBundle } from '../../build/program.ts';

/**
 * `node agent-start BUNDLE CACHE DIRECTORY`: starts a bundle as the agent's executable starts its own,
 * with the code cache of a rehearsal; the first run is that rehearsal.
 */
const [bundle = '', cache = '', directory = ''] = process.argv.slice(2);
const rehearsed = existsSync(cache) ? readFileSync(cache) : undefined;
const script = compileBundle(readFileSync(bundle, 'utf8'), bundle, rehearsed);
if (script.cachedDataRejected === true) throw new Error('V8 does not take the code cache');
const { start } = runBundle(script, { require, directory });
if (!isAsync(start)) throw new Error(`${bundle} has no start()`);
void run(start);

async function run(main: () => Promise<void>): Promise<void> {
  await main();
  if (rehearsed === undefined) writeFileSync(cache, script.createCachedData());
}

function isAsync(value: unknown): value is () => Promise<void> {
  return typeof value === 'function';
}
