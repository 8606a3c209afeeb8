import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../agent/errors.ts';
import { readIfThere } from '../../agent/files/if-there.ts';
import type { BootFile } from '../bootfiles/layout.ts';
import { readState, statePath } from '../bootfiles/node-files.ts';
import { forEachAtOnce } from '../bootfiles/at-once.ts';
import type { Check } from './check.ts';
import { counted, type Finding, fail, note, ok, warn } from './finding.ts';
import type { Boot, Site } from './site.ts';

/** How a node's boot files on the disk differ from what nodeset would write. */
export interface BootFileFacts {
  readonly node: string;
  readonly image: string;
  /** What the node's file says it was set to; undefined if there is none. */
  readonly state: string | undefined;
  /** Paths below tftpdir that are missing or have other content. */
  readonly different: readonly string[];
}

export const bootFiles: Check<Site> = {
  group: 'boot files',
  name: 'boot files',
  async look(site) {
    const { boots, failures, withoutImage, isNamed, cluster } = site;
    const facts: BootFileFacts[] = [];
    await forEachAtOnce(boots, async (boot) => {
      facts.push(await look(boot, cluster.site.tftpdir));
    });
    const order = new Map(boots.map(({ node }, index) => [node, index]));
    const sorted = facts.toSorted((a, b) => (order.get(a.node) ?? 0) - (order.get(b.node) ?? 0));
    return [
      ...failures.map(({ node, error }) =>
        fail(`cannot be set to boot: ${error.message}`, error.hint ?? `nodeset ${node} osimage`, [
          node,
        ]),
      ),
      ...(isNamed ? withoutImage.map((node) => noImage(node)) : othersOf(site)),
      ...judgeBootFiles(sorted, isNamed),
    ];
  },
};

/** Without a boot file a node may be meant to be off, unless the operator has named it. */
export function judgeBootFiles(all: readonly BootFileFacts[], isNamed: boolean): Finding[] {
  const findings = all.flatMap((facts) => judgeOne(facts, isNamed));
  const good = all.length - new Set(findings.flatMap(({ nodes }) => nodes ?? [])).size;
  return good === 0
    ? findings
    : [ok(`the boot files of ${counted(good, 'node')} are as the tables say`), ...findings];
}

function judgeOne({ node, image, state, different }: BootFileFacts, isNamed: boolean): Finding[] {
  const nodes = [node];
  const set = `nodeset ${node} osimage=${image}`;
  if (state === undefined) {
    const level = isNamed ? fail : warn;
    return [level('there is no boot file: nodeset was not run, or took it away', set, nodes)];
  }
  if (state === 'boot') return [{ ...note('is set to boot from its disk', set), nodes }];
  if (state === 'shell') return [{ ...note('is set to stop in a shell', set), nodes }];
  if (state === 'offline') return [{ ...note('is set to offline', set), nodes }];
  if (different.length === 0) return [];
  return [warn('its boot files are not what the tables say now', set, nodes)];
}

function noImage(node: string): Finding {
  return fail('has no image', `nodeset ${node} osimage=<image>`, [node]);
}

/** Not every node of a cluster is diskless; but without any there is little to look at. */
function othersOf({ nodes, boots, failures, withoutImage }: Site): Finding[] {
  if (nodes.length === 0) {
    return [note('the tables have no node', 'nodeadd <nodes> groups=<group> hosts.ip=<address>')];
  }
  if (boots.length + failures.length === 0) {
    const hint =
      'nodeset <nodes> osimage=<image>; until then exports, DHCP and images are not looked at';
    return [note('no node has an image', hint)];
  }
  const count = withoutImage.length;
  return count === 0 ? [] : [ok(`${counted(count, 'node')} without an image left out`)];
}

async function look({ node, image, plan }: Boot, tftpdir: string): Promise<BootFileFacts> {
  const different: string[] = [];
  for (const file of plan.files) {
    if (!(await isAsWanted(tftpdir, file))) different.push(file.path);
  }
  const text = await readIfThere(join(tftpdir, statePath(plan)), 'ENOTDIR');
  const state = text === undefined ? undefined : (readState(text) ?? 'something else');
  return { node, image: image.name, state, different };
}

async function isAsWanted(tftpdir: string, file: BootFile): Promise<boolean> {
  const path = join(tftpdir, file.path);
  if ('content' in file) return (await readIfThere(path, 'ENOTDIR')) === file.content;
  try {
    return (await readlink(path)) === file.link;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EINVAL')) return false;
    throw error;
  }
}
