import { hasCode } from '../../agent/errors.ts';
import { writtenStatemnt, writtenTrees } from './answer-for.ts';
import type { Cluster } from './cluster.ts';
import { mayRunCommands } from './commands.ts';
import { parseTemplate, type Template } from './template.ts';
import { shellText } from './variables.ts';

/**
 * The commands whose output the answers for some nodes need, each once: those of `#CMD=...#` in
 * their litetree and statelite rows, with the nodes' values in place. None unless the cluster lets
 * them run. What cannot be worked out is left out: the answer says why.
 */
export function commandsOf(nodes: Iterable<string>, cluster: Cluster): string[] {
  if (!mayRunCommands(cluster)) return [];
  const commands = new Set<string>();
  for (const node of nodes) {
    for (const written of [writtenStatemnt, writtenTrees]) {
      for (const { text, where } of unlessRefused(() => written(node, cluster)) ?? []) {
        if (!text.includes('#CMD=')) continue;
        for (const command of unlessRefused(() => commandsIn(text, where)) ?? []) {
          const shell = unlessRefused(() => shellText(command, node, cluster, where));
          if (shell !== undefined) commands.add(shell);
        }
      }
    }
  }
  return [...commands];
}

function commandsIn(text: string, where: string): Template[] {
  return parseTemplate(text, where).flatMap((part) =>
    typeof part === 'object' && part.kind === 'command' ? [part.text] : [],
  );
}

function unlessRefused<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    const refusals = ['ERR_STATELITE_NOT_FOUND', 'ERR_STATELITE_VARIABLE', 'ERR_STATELITE_ROW'];
    if (hasCode(error, ...refusals)) return undefined;
    throw error;
  }
}
