import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Explanation } from '../../mgmt/preview/explain.ts';
import { everyOption, makeDisk, setEveryOption } from '../../vm/every-option.ts';
import type { Node } from '../../vm/node.ts';
import { story } from './fixtures.ts';

interface Plan {
  readonly steps: readonly { readonly step: string }[];
  readonly unseen: readonly { readonly what: string }[];
}

/** A node with every option, foreseen before each of its two boots; it stops at a shell. */
const test = story.extend('foreseen', { scope: 'file' }, async ({ site }) => {
  const { cluster, image } = site;
  const { management } = cluster;
  await cluster.addNode('cn01', { mac: '52:54:00:77:00:01', ip: '10.77.0.11' });
  await setEveryOption(cluster, ['cn01']);
  await management.run('liteimg', image.osimage);
  const disk = join(cluster.rack.directory, 'cn01.disk');
  await makeDisk(disk);
  const append = 'statelite.localdisk=/dev/vda init=/bin/sh';
  await management.run('chtab', 'node=cn01', `bootparams.addkcmdline=${append}`);
  await management.run('nodeset', 'cn01', `osimage=${image.osimage}`);
  const json = async (...words: string[]) => JSON.parse(await management.run(...words, '--json'));
  const plan = async (): Promise<Plan> => (await json('plan', 'cn01'))[0];
  const boot = async () => {
    const node = await cluster.bootInstalled('cn01', { disk });
    await node.sees('switch_root to', { within: '30s' });
    await node.atShell('# ');
    await node.run('dmesg -n 1; mount -t proc proc /proc 2>/dev/null; true');
    return node;
  };
  const explain = (path: string): Promise<Explanation> => json('explain', 'cn01', path);
  const checked = await management.run('check', image.osimage);
  const explained = await Promise.all(everyOption.map(({ file }) => explain(file)));
  const planned = await plan();
  const node = await boot();
  return { checked, explained, planned, node, plan, boot, image };
});

/** The steps that the node's log names, in order. */
async function loggedSteps(node: Node): Promise<string[]> {
  const log = await node.run('cat /.statelite/statelite.log');
  const steps = log.matchAll(/^.*?(?<step>[a-z][^\n]*?) \(\d+\.\d ms\)(?:;.*)?$/gmu);
  return [...steps].map(({ groups }) => groups?.['step'] ?? '');
}

describe('a boot that was foreseen', () => {
  test('has no mistakes that check would have to find', async ({ foreseen }) => {
    expect(foreseen.checked).not.toContain('error:');
  });

  test('does the steps that plan printed, in that order', async ({ foreseen }) => {
    const logged = (await loggedSteps(foreseen.node)).join('\n');
    expect(logged).toContain(foreseen.planned.steps.map(({ step }) => step).join('\n'));
    expect(foreseen.planned.unseen.map(({ what }) => what)).toEqual(['the local disk']);
  });

  test('reaches every path as explain said', async ({ foreseen }) => {
    for (const [index, { file, options }] of everyOption.entries()) {
      const { reached = '' } = foreseen.explained[index] ?? {};
      const path = file.replace(/\/$/u, '');
      // Below a linked directory the mount is on what the link leads to.
      const mounts = await foreseen.node.run(
        `grep -c " $(readlink -f ${path}) " /proc/self/mounts; true`,
      );
      const target = await foreseen.node.run(`readlink ${path}; true`);
      const isBound = reached.includes(` is bound on ${path}`);
      expect(mounts, `${file} (${options}): ${reached}`).toBe(isBound ? '1\n' : '0\n');
      const isLinked = reached.startsWith('a symlink in the image');
      expect(target.includes('.statelite/tmpfs'), `${file}: ${reached}`).toBe(isLinked);
    }
  });

  test('shows the content of the sources that explain named', async ({ foreseen }) => {
    const files = everyOption.flatMap(({ file }, index) => {
      const explained = foreseen.explained[index];
      return explained?.kind === 'file' ? [{ file, from: explained.from }] : [];
    });
    expect(files.length).toBeGreaterThan(10);
    for (const { file, from } of files) {
      const contents = await Promise.all(
        from.map((place) => contentOf(place, foreseen.image.root)),
      );
      const shown = await foreseen.node.run(`cat ${file}`);
      expect({ file, shown }).toEqual({ file, shown: contents.join('') });
    }
  });

  test('can be written to where explain said so, and nowhere else', async ({ foreseen }) => {
    for (const [index, { file }] of everyOption.entries()) {
      const isFile = foreseen.explained[index]?.kind === 'file';
      const attempt = isFile ? `: >> ${file}` : `: > ${file}probe && rm ${file}probe`;
      const { status } = await foreseen.node.tryRun(`(${attempt}) 2>/dev/null`);
      const isWritten = status === 0;
      expect({ file, isWritten }).toEqual({
        file,
        isWritten: foreseen.explained[index]?.writable,
      });
    }
  });

  test('is followed by a second one that is foreseen from what the store keeps', async ({
    foreseen,
  }) => {
    await foreseen.node.run('echo kept > /root/note; sync');
    await foreseen.node.kill();
    const planned = await foreseen.plan();
    const node = await foreseen.boot();
    expect(seen(await loggedSteps(node))).toContain(seen(planned.steps.map(({ step }) => step)));
    expect(planned.steps.length).toBeLessThan(foreseen.planned.steps.length);
    expect(await node.run('cat /root/note')).toBe('kept\n');
  });
});

/** Without the local disk's: what it keeps cannot be seen from outside. */
function seen(steps: readonly string[]): string {
  return steps.filter((step) => !/localmnt|localdisk/u.test(step)).join('\n');
}

/** `server:/path` is a directory of this machine; the image's originals are in /.default. */
async function contentOf(place: string, root: string): Promise<string> {
  const own = /^image: (?<path>\/.*)$/u.exec(place)?.groups?.['path'];
  const file =
    own === undefined ? place.slice(place.indexOf(':') + 1) : join(root, '.default', own);
  return readFile(file, 'utf8');
}
