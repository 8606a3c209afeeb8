import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Hunk, hunksOf } from '../../../helpers/hunks.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { recordedCluster } from '../../../helpers/recorded-cluster.ts';
import { plantTree } from '../../../helpers/tree.ts';
import { recordedTranscripts } from '../../../helpers/transcripts.ts';
import expected from './recorded.json' with { type: 'json' };

/** A difference that is meant, with its reason and the rule behind it. */
type Expected = (typeof expected)[number];

/** A difference that was found: in the text of a file, of a name, of what stands there. */
type Found = { readonly loader: string; readonly path: string } & (
  | ({ readonly kind: 'text' } & Hunk)
  | { readonly kind: 'file'; readonly only: 'stock' | 'here' }
  | { readonly kind: 'link' }
);

const directory = join(import.meta.dirname, '../../../fixtures/bootfiles');
const transcripts = recordedTranscripts(['nodeset']);
const loaders = readdirSync(directory).filter((name) => name !== 'bootparams.csv');

let mn: Management;
const found: Found[] = [];

beforeAll(async () => {
  mn = await recordedCluster((text, own) => text.replaceAll('/install/', `${own}/install/`));
  const run = async (...argv: string[]) => {
    const { code, err } = await mn.run(...argv);
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${err}`);
  };
  await run('nodech', 'n2', 'hosts.ip=10.99.1.2', 'mac.mac=52:54:00:00:00:02');
  await run('chtab', 'key=master', 'site.value=10.99.0.1');
  plantTree(join(mn.directory, 'install'), {
    'netboot/rhcompute/kernel': '',
    'netboot/rhcompute/initrd-statelite.gz': '',
    'custom/partition': 'enable=yes\n',
  });
  for (const loader of loaders) {
    await run('chtab', 'node=compute', `noderes.netboot=${loader}`);
    await run('nodeset', 'n1,n2', 'osimage=rhcompute');
    found.push(...differencesOf(loader));
  }
}, 60_000);
afterAll(() => mn[Symbol.asyncDispose]());

/** Loaders, and kernels and initramfs of images. */
const notOfNodes = /^(?:[^/]+|boot\/grub2\/grub2\..+|xcat\/osimage\/.+)$/u;

/** Every difference between what was recorded of a loader and what stands below tftpdir now. */
function differencesOf(loader: string): Found[] {
  const [stock, ours] = [join(directory, loader), join(mn.directory, 'tftpboot')];
  const [there, here] = [filesIn(stock), filesIn(ours).filter((path) => !notOfNodes.test(path))];
  const only = (side: 'stock' | 'here', paths: readonly string[], others: readonly string[]) =>
    paths
      .filter((path) => !others.includes(path))
      .map((path) => ({ kind: 'file' as const, loader, path, only: side }));
  const both = there.filter((path) => here.includes(path));
  return [
    ...only('stock', there, here),
    ...only('here', here, there),
    ...both
      .filter((path) => lstatSync(join(ours, path)).isSymbolicLink())
      .map((path) => ({ kind: 'link' as const, loader, path })),
    ...both.flatMap((path) => {
      const text = readFileSync(join(ours, path), 'utf8').replaceAll(mn.directory, '');
      return hunksOf(readFileSync(join(stock, path), 'utf8'), text).map((hunk) => ({
        kind: 'text' as const,
        loader,
        path,
        ...hunk,
      }));
    }),
  ];
}

function filesIn(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted();
}

/** Whether a listed difference is this one: all that it says must be so. */
function explains(listed: Expected, one: Found): boolean {
  const { loaders: of, paths, ...rest } = listed.where;
  const is: Record<string, unknown> = { ...one };
  return (
    of.includes(one.loader) &&
    new RegExp(`^(?:${paths})$`, 'u').test(one.path) &&
    Object.entries(rest).every(([key, value]) => is[key] === value)
  );
}

describe('what nodeset writes for the recorded cluster, and what stock wrote', () => {
  test('are the same but for what is listed', () => {
    const unlisted = found.filter((one) => !expected.some((listed) => explains(listed, one)));
    expect(unlisted).toEqual([]);
  });

  test.for(expected)('differ by $id as often as the list says', (listed) => {
    expect(found.filter((one) => explains(listed, one))).toHaveLength(listed.differences);
  });
});

test('an image that is not there is refused in the words that were recorded', async () => {
  const transcript = transcripts.find(({ name }) => name === 'root-nodeset-unknown-image');
  const { err, out } = await mn.run(...(transcript?.argv ?? []));
  for (const line of transcript?.errors ?? ['no errors']) expect(err).toContain(line);
  expect(out).toEqual(transcript?.lines);
});

test('every file that was recorded is compared', () => {
  expect(loaders).toEqual(['grub2', 'pxe', 'xnba']);
  expect(loaders.flatMap((loader) => filesIn(join(directory, loader)))).toHaveLength(14);
});

test('the bootparams table is left as stock leaves it', async () => {
  const { out } = await mn.run('tabdump', 'bootparams');
  expect(`${out.join('\n')}\n`).toBe(readFileSync(join(directory, 'bootparams.csv'), 'utf8'));
});

test('each listed difference has a name of its own, a reason and its rule', () => {
  expect(new Set(expected.map(({ id }) => id)).size).toBe(expected.length);
  for (const { rule, reason, differences } of expected) {
    expect(differences).toBeGreaterThan(0);
    expect(rule).toMatch(/^(?:(?:mgmt|node) QUIRK-\d+|semantics \d\.\d|reference \d\.\d|choice)$/u);
    expect(reason).toMatch(/^.{30,}\.$/u);
  }
});
