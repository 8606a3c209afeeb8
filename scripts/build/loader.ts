import { getRawAsset } from 'node:sea';
import { compileBundle, runBundle } from './program.ts';

/**
 * The first file of a single executable. Node compiles that one, but remembers only its outermost
 * function; so the program itself is an asset beside it, with the code cache of a rehearsal. That is
 * empty in a program for a machine that this one cannot imitate.
 */
const text = Buffer.from(getRawAsset('program.cjs')).toString();
const cache = Buffer.from(getRawAsset('program.cache'));
const known = cache.length === 0 ? undefined : cache;
const { start } = runBundle(compileBundle(text, process.execPath, known), { require });
if (typeof start === 'function') start();
