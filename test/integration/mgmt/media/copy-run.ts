import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { text } from 'node:stream/consumers';
import { explainError } from '../../../../agent/errors.ts';
import { bytesOf } from '../../../../agent/files/bytes.ts';
import { nativeAddon } from '../../../helpers/native.ts';

/** What a process copies, and the change of the file system before which it kills itself. */
export interface Run {
  readonly path: string;
  readonly media: readonly { readonly path: string; readonly number: number }[];
  readonly fatal?: number;
  /** False: a file system that cannot exchange two names. */
  readonly canExchange: boolean;
}

/** What it prints at the end. */
export interface Outcome {
  readonly changes: number;
  readonly error?: readonly string[];
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test at the other end writes it
const run = JSON.parse(await text(process.stdin)) as Run;
let changes = 0;

function count(): void {
  changes += 1;
  if (changes === run.fatal) process.kill(process.pid, 'SIGKILL');
}

const changing = [
  'chmod',
  'copyFile',
  'link',
  'mkdir',
  'rename',
  'rm',
  'symlink',
  'writeFile',
] as const;
for (const name of changing) {
  const real: (...args: never[]) => Promise<unknown> = fs[name];
  const counted = async (...args: never[]) => {
    count();
    return real(...args);
  };
  Object.assign(fs, { [name]: counted });
}
syncBuiltinESMExports();

const { copyMedia } = await import('../../../../mgmt/media/copy-medium.ts');
const { openMedium } = await import('../../../../mgmt/media/open-medium.ts');
const { signal } = new AbortController();
const discs = await Promise.all(
  run.media.map(async ({ path, number }) => {
    return { medium: await openMedium(path, signal), directory: '', number };
  }),
);
const exchange = async (one: string, other: string) => {
  count();
  return run.canExchange ? nativeAddon().exchange(bytesOf(one), bytesOf(other)) : -22;
};
const outcome: { changes: number; error?: string[] } = { changes: 0 };
try {
  await copyMedia(run.path, discs, { signal, exchange, onProgress: () => {} });
} catch (error) {
  outcome.error = explainError(error);
}
process.stdout.write(JSON.stringify({ ...outcome, changes }));
