import type { Cluster } from '../core/cluster.ts';
import { environmentOf } from './environment.ts';
import { scriptGroups, type ScriptKind } from './script-lists.ts';
import { shellWord } from './shell-words.ts';

/**
 * What a node runs after it has booted, line by line, in the form of stock xCAT (reference 8.1 and
 * 6.2): the environment of its scripts, then the scripts between marks that clients look for. It is
 * shell text: whatever a value of the tables holds, it stays a value. Throws StateliteError if the
 * tables have no usable answer.
 */
export function mypostscriptOf(node: string, cluster: Cluster): string[] {
  const variables = environmentOf(node, cluster).flatMap(([name, value]) => [
    `${name}=${shellWord(value)}`,
    `export ${name}`,
  ]);
  return [
    ...variables,
    ...listOf(node, 'postscripts', cluster),
    ...listOf(node, 'postbootscripts', cluster),
  ];
}

function listOf(node: string, kind: ScriptKind, cluster: Cluster): string[] {
  const groups = scriptGroups(node, kind, cluster).flatMap(({ origin, lines }) =>
    between(`${origin}-${kind}`, lines),
  );
  return between(kind, groups);
}

function between(name: string, lines: readonly string[]): string[] {
  return [`# ${name}-start-here`, ...lines, `# ${name}-end-here`];
}
