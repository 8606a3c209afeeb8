import { Worker } from 'node:worker_threads';
import { longest } from './mutate.ts';
import { type Ended, headerBytes, type Job } from './worker.ts';

/** An input that takes longer is a hang, in milliseconds; the thread is ended. */
const patience = 15_000;

/** Fuzzes one target for so long, in a thread of its own, since a hang can be ended from outside only. */
export async function runTarget(name: string, seed: number, milliseconds: number): Promise<Ended> {
  const shared = new SharedArrayBuffer(headerBytes + longest);
  const job: Job = { name, seed, milliseconds, shared };
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: job });
  const numbers = new Int32Array(shared, 0, 2);
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  let before = -1;
  const watch = setInterval(() => {
    const count = Atomics.load(numbers, 0);
    if (count === before) {
      const input = Buffer.from(shared, headerBytes, Atomics.load(numbers, 1));
      resolve({ count, finding: { input, error: `it hangs: ${patience / 1000} s` } });
    }
    before = count;
  }, patience);
  worker.on('message', resolve).on('error', reject);
  try {
    return await promise;
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}
