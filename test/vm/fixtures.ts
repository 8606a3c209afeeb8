import { test as base, type TestContext } from 'vitest';
import { startCluster, type Cluster } from '../../vm/cluster.ts';
import { builtStatelite } from '../../vm/management.ts';
import { openRack, type Rack } from '../../vm/rack.ts';
import { missingForLab, type Part } from '../../vm/requirements.ts';
import { debian12, installImage, type RootImage } from '../../vm/root-image.ts';
import { labSettings } from '../../vm/settings.ts';

/** The one place where the stories' environment is read. */
export const settings = labSettings(process.env);

/** What `npm run build` makes. */
export const builtHere = { [builtStatelite]: 'npm run build' };

/**
 * `rack`: a private network and machines, no servers. `cluster`: a management node on it. Fresh
 * for each test, gone with every process after it; what failed prints the tails of all logs.
 */
export const test = testWith();

/** The same for tests that need more of this machine than the lab does. */
export function testWith(...parts: Part[]) {
  return base
    .extend('rack', async ({ task, skip, onTestFailed }, { onCleanup }) => {
      await needLab(skip, parts, {});
      const rack = await openRack(settings);
      onCleanup(() => rack[Symbol.asyncDispose]());
      onTestFailed(() => printReport(task.name, rack));
      return rack;
    })
    .extend('cluster', async ({ task, skip, onTestFailed }, { onCleanup }) => {
      await needLab(skip, parts, builtHere);
      const cluster = await startCluster(settings);
      onCleanup(() => cluster[Symbol.asyncDispose]());
      onTestFailed(() => printReport(task.name, cluster.rack));
      return cluster;
    });
}

/** A cluster with a Debian 12 image in it. */
export interface Site {
  readonly cluster: Cluster;
  readonly image: RootImage;
}

/**
 * `site`: a management node with a built image, shared by the tests of a file, which run in order
 * and may build on each other. Every test that fails prints the tails of all logs.
 */
export const story = storyWith();

/** The same for stories that need more of this machine than the lab and an image of Debian do. */
export function storyWith(...parts: Part[]) {
  // oxlint-disable-next-line no-empty-pattern -- vitest reads what a fixture needs from its pattern
  return base.extend('site', { scope: 'file' }, async ({}, { onCleanup }) => {
    await refuseMissing(['debian', ...parts], builtHere);
    const cluster = await startCluster(settings);
    onCleanup(async () => {
      const report = await cluster.report();
      await cluster[Symbol.asyncDispose]();
      if (process.env['STATELITE_VM_LOGS'] === '1') process.stderr.write(report);
    });
    const image = await installImage(cluster.management, settings.cache, debian12);
    return { cluster, image } satisfies Site;
  });
}

/** Whatever is missing for a story is its failure: what runs at night is not to be skipped. */
export async function refuseMissing(
  parts: readonly Part[],
  built: Readonly<Record<string, string>>,
): Promise<void> {
  const missing = await missingForLab(process.env['PATH'] ?? '', uid(), { parts, built });
  if (missing.length > 0) throw new Error(`the story needs ${missing.join(', ')}`);
}

/** Skips with the reason where the lab cannot run; STATELITE_TEST_STRICT=1 makes that a failure. */
async function needLab(
  skip: TestContext['skip'],
  parts: readonly Part[],
  built: Readonly<Record<string, string>>,
): Promise<void> {
  const missing = await missingForLab(process.env['PATH'] ?? '', uid(), { parts, built });
  const reason = `the lab needs ${missing.join(', ')}`;
  if (missing.length > 0 && settings.strict) throw new Error(reason);
  skip(missing.length > 0, reason);
}

function uid(): number {
  return process.getuid?.() ?? -1;
}

async function printReport(name: string, rack: Rack): Promise<void> {
  const kept = settings.keepDirectory
    ? `kept in ${rack.directory}`
    : 'STATELITE_KEEP_VM=1 keeps all';
  process.stderr.write(`\n=== ${name} (${kept})\n${await rack.report()}`);
}
