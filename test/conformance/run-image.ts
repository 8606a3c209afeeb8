import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import type { Native } from '../../agent/native/load.ts';
import { layout } from '../../agent/rules/layout.ts';
import { stockFileLine } from '../../mgmt/core/stock-lines.ts';
import { liteimg } from '../../mgmt/image/liteimg/liteimg.ts';
import { buildTree } from './build-tree.ts';
import type { CaseInput, FileRow } from './case.ts';
import { describeTree, isOfKernel } from './describe.ts';
import type { GivenTree, SeenTree } from './entry.ts';
import { places } from './places.ts';
import { clusterOfCase, profile } from './tables.ts';

/** A failure as the operator reads it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** One run of liteimg. */
export interface ImageRun {
  readonly failure: Failure | null;
  readonly notes: readonly string[];
  readonly before: SeenTree;
  readonly after: SeenTree;
  /** litefile.save as it is, and as stock's liteimg writes it for the table. */
  readonly save: string;
  readonly stockSave: string;
  /** "intact", or the names that are left of the management node's own /run. */
  readonly hostRun: 'intact' | readonly string[];
}

const file = {
  type: 'file',
  uid: 0,
  gid: 0,
  content: '',
  target: '',
  to: '',
  rdev: [0, 0],
} as const;
const directory = { ...file, type: 'dir' } as const;

/** What genimage leaves in an image, and the recorded images have besides. */
const ofGenimage: GivenTree = {
  '/.statelite': directory,
  '/.sllocal/localmnt': directory,
  '/.sllocal/log': directory,
  '/etc/init.d': directory,
  '/usr/bin': directory,
};

/** The management node's own files, which no image may lead liteimg to. */
const hostRun: GivenTree = {
  '/run': { ...directory, mode: 0o1777 },
  '/run/host-marker': { ...file, content: 'this belongs to the management node\n' },
  '/run/lock/host-lock': { ...file, content: 'lock\n' },
};

/** The recorded passwd row of root. */
const rootLogin = { password: '$6$oracle$fixedhash', cryptmethod: '' };

/** Builds the image of a case and runs liteimg as often as it says. `/` is a sandbox. */
export async function runImage(
  input: CaseInput,
  base: GivenTree,
  calls: Native,
): Promise<ImageRun[]> {
  await buildTree('/', hostRun, calls);
  await buildTree(
    places.postscripts,
    { '/xcatdsklspost': { ...file, content: '#!/bin/sh\n' } },
    calls,
  );
  await buildTree(places.image, base, calls);
  await buildTree(places.image, input.image, calls);
  await buildTree(places.image, await missingOf(ofGenimage), calls);
  const runs: ImageRun[] = [];
  for (const [index, table] of input.liteimg.entries()) {
    await buildTree(places.image, input.beforeLiteimg[index] ?? {}, calls);
    const before = describeImage();
    const done = await runOnce(input, table, calls);
    const after = describeImage();
    const save = { save: saveOf(), stockSave: stockSaveOf(input, table) };
    runs.push({ ...done, ...save, before, after, hostRun: hostRunNow() });
  }
  return runs;
}

function describeImage(): SeenTree {
  return describeTree(places.image, { leaveOut: isOfKernel });
}

async function missingOf(tree: GivenTree): Promise<GivenTree> {
  const present = describeTree(places.image);
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !(path in present)));
}

async function runOnce(
  input: CaseInput,
  table: readonly FileRow[],
  calls: Native,
): Promise<Pick<ImageRun, 'failure' | 'notes'>> {
  try {
    const { litefile } = clusterOfCase(input, table).rowsFor(input.imagename);
    const { notes } = await liteimg(
      {
        root: places.image,
        image: input.imagename,
        rows: litefile,
        postscripts: places.postscripts,
        rootLogin,
        profile,
      },
      calls,
    );
    return { failure: null, notes };
  } catch (error) {
    return { failure: failureOf(error), notes: [] };
  }
}

function saveOf(): string {
  const save = join(places.image, layout.save);
  return existsSync(save) ? readFileSync(save, 'utf8') : '';
}

/** '' for a table that is refused. */
function stockSaveOf(input: CaseInput, table: readonly FileRow[]): string {
  try {
    const files = clusterOfCase(input, table).rowsFor(input.imagename).stockFiles();
    const lines = files.map((row) => stockFileLine(row).replace(/^tmpfs,rw/u, 'link'));
    return lines.map((line) => `${input.imagename}: ${line}\n`).join('');
  } catch (error) {
    if (error instanceof StateliteError) return '';
    throw error;
  }
}

function hostRunNow(): ImageRun['hostRun'] {
  const names = readdirSync('/run').toSorted();
  const isIntact =
    names.join() === 'host-marker,lock' &&
    readFileSync('/run/host-marker', 'utf8').startsWith('this belongs') &&
    readdirSync('/run/lock').join() === 'host-lock';
  return isIntact ? 'intact' : names;
}

/** Code, message and hint; whatever is no message to an operator is a bug and has its stack. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof StateliteError)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { code: 'ERR_STATELITE_BUG', message };
  }
  const { code, message, hint } = error;
  return hint === undefined ? { code, message } : { code, message, hint };
}
