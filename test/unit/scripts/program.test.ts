import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { compileBundle, runBundle } from '../../../scripts/build/program.ts';

const around = { require: createRequire(import.meta.url), directory: '/somewhere' };
const bundle = `
  const { join } = require('node:path');
  exports.start = () => join(__dirname, 'x');
`;

describe('a bundle as a single executable runs it', () => {
  test('exports what it says, and finds what is around it', () => {
    const { start } = runBundle(compileBundle(bundle, '/b.cjs'), around);
    expect(typeof start === 'function' && start()).toBe('/somewhere/x');
  });

  test('takes the code cache of an earlier run', () => {
    const rehearsed = compileBundle(bundle, '/b.cjs');
    runBundle(rehearsed, around);
    const again = compileBundle(bundle, '/b.cjs', rehearsed.createCachedData());
    expect(again.cachedDataRejected).toBe(false);
    expect(runBundle(again, around)).toHaveProperty('start');
  });

  test('runs without the cache if that is not of this bundle', () => {
    const other = compileBundle('exports.longer = "another bundle";', '/b.cjs').createCachedData();
    // V8 keeps what it has compiled: this must be a bundle of its own.
    const script = compileBundle(`${bundle}// once more`, '/b.cjs', other);
    expect(script.cachedDataRejected).toBe(true);
    expect(runBundle(script, around)).toHaveProperty('start');
  });
});
