import { StateliteError } from '../../agent/errors.ts';
import { serverOf } from './attributes.ts';
import type { Cluster } from './cluster.ts';
import { parseTemplate, type Reference } from './template.ts';

/**
 * Puts a node's values in place of the variables of a text. `where` names the row in errors:
 * ERR_STATELITE_VARIABLE as of `parseTemplate`, and for a variable that has no value.
 */
export function substitute(text: string, node: string, cluster: Cluster, where: string): string {
  return parseTemplate(text, where)
    .map((part) => (typeof part === 'string' ? part : valueOf(part, node, cluster, where)))
    .join('');
}

function valueOf(reference: Reference, node: string, cluster: Cluster, where: string): string {
  switch (reference.kind) {
    case 'node':
      return node;
    case 'site': {
      const { key } = reference;
      return (
        cluster.site.get(key) ??
        refuse(`${where}: site has no ${key}`, `set it: chtab key=${key} site.value=...`)
      );
    }
    case 'attribute': {
      const { table, column } = reference;
      return (
        serverOf(cluster, node, table, column) ??
        refuse(
          `${where}: ${table} has no ${column} for ${node}`,
          `set it for the node or a group of it: chtab node=${node} ${table}.${column}=...`,
        )
      );
    }
  }
}

function refuse(problem: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_VARIABLE', problem, { hint });
}
