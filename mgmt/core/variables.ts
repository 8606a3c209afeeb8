import { StateliteError } from '../../agent/errors.ts';
import { serverOf } from './attributes.ts';
import type { Cluster } from './cluster.ts';
import { mayRunCommands } from './commands.ts';
import { parseTemplate, type Reference, type Template } from './template.ts';

/**
 * Puts a node's values in place of the variables of a text. `where` names the row in errors:
 * ERR_STATELITE_VARIABLE as of `parseTemplate`, for a variable that has no value, and for a command
 * that may not run, did not, or printed nothing that can be part of a location.
 */
export function substitute(text: string, node: string, cluster: Cluster, where: string): string {
  return filled(parseTemplate(text, where), node, cluster, where);
}

/** The text that a shell gets for a command of a template: values are plain words in it. */
export function shellText(text: Template, node: string, cluster: Cluster, where: string): string {
  return text
    .map((part) => {
      if (typeof part === 'string') return part;
      const value = valueOf(part, node, cluster, where);
      if (/^[\w.,:/@%+=-]+$/u.test(value)) return value;
      return refuse(
        `${where}: ${JSON.stringify(value)} of ${node} cannot be part of a command`,
        'only letters, digits and . , : / @ % + = - _ have no meaning for a shell',
      );
    })
    .join('');
}

function filled(template: Template, node: string, cluster: Cluster, where: string): string {
  return template
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
    case 'command':
      return printed(shellText(reference.text, node, cluster, where), cluster, where);
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

function printed(text: string, cluster: Cluster, where: string): string {
  if (!mayRunCommands(cluster)) {
    refuse(
      `${where}: #CMD= is not switched on`,
      'chtab key=statelitecmd site.value=yes lets nodes have it run; or write $table.column',
    );
  }
  if (cluster.commandResults === undefined) {
    refuse(`${where}: #CMD=${text}# is not run here`, 'write $node or $table.column instead');
  }
  const result = cluster.commandResults.get(text);
  if (result === undefined) throw new Error(`nobody ran ${text} for ${where}`);
  if ('output' in result) return result.output;
  return refuse(`${where}: #CMD=${text}#: ${result.problem}`, 'try it as the user nobody');
}

function refuse(problem: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_VARIABLE', problem, { hint });
}
