import { parentPort, workerData } from 'node:worker_threads';
import { corpusOf } from './corpus.ts';
import { fuzz } from './fuzz.ts';
import { fuzzTargets } from './targets.ts';

/** What `run.ts` gives. */
export interface Job {
  readonly name: string;
  readonly seed: number;
  readonly milliseconds: number;
  /** Number of inputs begun, length of the current one; then its bytes. */
  readonly shared: SharedArrayBuffer;
}

export interface Ended {
  readonly count: number;
  readonly finding: { readonly input: Uint8Array; readonly error: string } | undefined;
}

/** The first bytes of the shared memory are two numbers. */
export const headerBytes = 8;

if (parentPort !== null) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- run.ts gives it
  const { name, seed, milliseconds, shared } = workerData as Job;
  const target = fuzzTargets.find((each) => each.name === name);
  if (target === undefined) throw new Error(`no target ${name}`);
  const [first, ...rest] = corpusOf(name);
  const numbers = new Int32Array(shared, 0, 2);
  const bytes = new Uint8Array(shared, headerBytes);
  const end = performance.now() + milliseconds;
  const { count, finding } = fuzz(target, {
    seeds: [first.bytes, ...rest.map((each) => each.bytes)],
    seed,
    goesOn: () => performance.now() < end,
    tries(input) {
      bytes.set(input.subarray(0, bytes.length));
      Atomics.store(numbers, 1, input.length);
      Atomics.add(numbers, 0, 1);
    },
  });
  const found = finding && { input: finding.input, error: String(finding.error.stack) };
  const ended: Ended = { count, finding: found };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
  parentPort.postMessage(ended);
}
