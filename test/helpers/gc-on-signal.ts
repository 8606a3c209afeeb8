import { writeFileSync } from 'node:fs';

/** `node --expose-gc --import gc-on-signal.ts`: at SIGUSR2 the heap, after gc, goes to HEAP_FILE. */
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  globalThis.gc?.();
  writeFileSync(process.env['HEAP_FILE'] ?? '', `${process.memoryUsage().heapUsed}\n`);
});
