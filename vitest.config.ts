import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Under TCG a boot takes minutes of CPU: one VM file at a time, limits three times what is measured. */
export default defineConfig({
  test: {
    globalSetup: 'test/helpers/native.ts',
    // Only with --coverage: the rule engine, by tests whose cases are not random.
    coverage: {
      provider: 'v8',
      include: ['agent/rules/**', 'agent/plan/**'],
      reporter: [['text', { skipFull: true }]],
      reportsDirectory: 'dist/coverage',
      thresholds: { 100: true },
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // Pure tests share nothing: one module graph for all saves most of the time.
          isolate: false,
          // They take milliseconds; those with hundreds of random cases must not fail on a busy machine.
          testTimeout: 30_000,
          pool: 'threads',
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          // What is waited for may be waiting for a busy machine.
          expect: { poll: { timeout: 30_000 } },
          // A database server leaves ten thousands of files, which a slow disk removes one by one.
          hookTimeout: 300_000,
          // Programs that tests start from the sources, many hundred times, start in half the time.
          env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'dist/compile-cache') },
        },
      },
      {
        test: {
          name: 'vm',
          include: ['test/vm/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 900_000,
          fileParallelism: false,
          retry: 0,
        },
      },
      {
        // As vm, but too slow for every change: npm run nightly.
        test: {
          name: 'nightly',
          include: ['test/nightly/**/*.test.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 900_000,
          fileParallelism: false,
          retry: 0,
        },
      },
    ],
  },
});
