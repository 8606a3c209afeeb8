import { StateliteError } from '../../agent/errors.ts';
import type { LoaderProgram } from '../bootfiles/loaders.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { netbootTag, programs, programsFor } from './boot-programs.ts';

/** Loaders that the DHCP configuration names. */
export interface NamedLoaders {
  /** Those that a node of the tables may be told, and what a node has without a word of it. */
  readonly needed: readonly LoaderProgram[];
  /** Those for other firmware and other values of noderes.netboot: no node misses them yet. */
  readonly others: readonly LoaderProgram[];
}

/** Whose part each program is. */
const loaders = new Map<string, LoaderProgram>([
  [programs.pxelinux, 'pxe'],
  [programs.ipxeBios, 'xnba'],
  [programs.ipxeEfi, 'xnba'],
  [programs.grubX86, 'grub2-x86_64'],
  [programs.grubArm, 'grub2-aarch64'],
  [programs.grubPpc, 'grub2-ppc64le'],
  [programs.yaboot, 'yaboot'],
]);

/**
 * Which loaders tftpdir has to have for these tables, whatever firmware the nodes have. A node whose
 * rows are not usable is named by makedhcp and nodeset.
 */
export function namedLoaders(cluster: Cluster): NamedLoaders {
  const needed = new Set<LoaderProgram>(['xnba', 'pxe']);
  for (const node of cluster.nodes) {
    for (const program of programsOf(node, cluster)) {
      const loader = loaderOfProgram(program);
      if (loader !== undefined) needed.add(loader);
    }
  }
  const all = new Set(loaders.values());
  return { needed: [...needed], others: [...all.difference(needed)] };
}

/** Whose part a program is; GRUB has a second name, for firmware that goes by the end of it. */
export function loaderOfProgram(program: string): LoaderProgram | undefined {
  return loaders.get(program) ?? loaders.get(program.replace(/\.efi$/u, ''));
}

function programsOf(node: string, cluster: Cluster): string[] {
  try {
    const loader = netbootTag(attributeOf(cluster, node, 'noderes', 'netboot'), node);
    return programsFor(loader, attributeOf(cluster, node, 'nodetype', 'arch') ?? 'x86_64');
  } catch (error) {
    if (error instanceof StateliteError) return [];
    throw error;
  }
}
