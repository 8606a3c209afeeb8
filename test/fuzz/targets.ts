import type { Target } from './target.ts';
import { wireTargets } from './targets/wire.ts';
import { writtenTargets } from './targets/written.ts';

/** Every parser of input that others write. */
export const fuzzTargets: readonly Target[] = [...wireTargets, ...writtenTargets];
