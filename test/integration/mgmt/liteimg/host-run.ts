import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { StateliteError } from '../../../../agent/errors.ts';
import { liteimg, planLiteimg } from '../../../../mgmt/image/liteimg/liteimg.ts';
import { nativeAddon } from '../../../helpers/native.ts';
import { row } from '../../../helpers/rows.ts';
import { type Planted, plantTree } from '../../../helpers/tree.ts';
import { listing, type Table } from './workshop.ts';

export type Step =
  | { readonly mount: readonly string[] }
  | { readonly plant: Readonly<Record<string, Planted>> }
  | { readonly remove: string }
  | { readonly run: Table }
  | { readonly plan: Table }
  | { readonly list: true };

/** What `run` and `plan` said, and `list` saw; nothing of the others. */
export type Seen = Refused | { readonly changed: readonly string[] } | Record<string, string>;

export interface Refused {
  readonly message: string;
  readonly hint: string | undefined;
  readonly cause: string | undefined;
}

/** Does the steps of standard input, in a mount namespace, to an image; prints what was seen. */
async function main(): Promise<void> {
  const { root, steps }: { root: string; steps: readonly Step[] } = JSON.parse(
    await text(process.stdin),
  );
  const seen: Seen[] = [];
  for (const step of steps) seen.push(...(await done(root, step)));
  process.stdout.write(JSON.stringify(seen));
}

async function done(root: string, step: Step): Promise<Seen[]> {
  if ('mount' in step) execFileSync('mount', [...step.mount]);
  if ('plant' in step) plantTree(root, step.plant);
  if ('remove' in step) rmSync(join(root, step.remove), { recursive: true });
  if ('list' in step) return [listing(root)];
  if ('run' in step) return [await outcome(root, step.run, 'run')];
  return 'plan' in step ? [await outcome(root, step.plan, 'plan')] : [];
}

async function outcome(root: string, table: Table, what: 'run' | 'plan'): Promise<Seen> {
  const rows = Object.entries(table).map(([file, options]) => row(file, options));
  const wish = { root, image: 'compute', rows, postscripts: join(root, 'none'), profile: 'p' };
  try {
    const { changes } = await (what === 'run' ? liteimg(wish, nativeAddon()) : planLiteimg(wish));
    return { changed: changes.map(({ path }) => path) };
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    const { message, hint, cause } = error;
    return { message, hint, cause: cause instanceof Error ? cause.message : undefined };
  }
}

await main();
