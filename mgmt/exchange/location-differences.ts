import { hasCode } from '../../agent/errors.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { substitute } from '../core/variables.ts';
import type { Difference, Finding } from './finding.ts';
import { groupNodes, type ImageNode } from './group-nodes.ts';
import { orRegexFinding } from './regex-finding.ts';
import { printedBy, type StockText, stockStatemntText, stockTreeText } from './stock-variables.ts';
import { treeName, variableTrees } from './tree-differences.ts';

/**
 * Locations with variables that are another place on stock xCAT for some nodes, and mount options
 * of their persistent stores. Nodes for which the same oddities meet in one row are one finding,
 * with the first one's values. Runs no command.
 */
export function locationDifferences(nodes: readonly ImageNode[], given: Cluster): Difference[] {
  const cluster = { ...given, commandResults: new NamedOutputs() };
  const treesOf = new Map<string, ReturnType<typeof variableTrees>>();
  return groupNodes(nodes, ({ node, image }) => {
    const trees = treesOf.get(image) ?? variableTrees(image, cluster);
    treesOf.set(image, trees);
    return [
      ...trees.map((row) => orRegexFinding(node, () => treeFinding(row, node, cluster))),
      orRegexFinding(node, () => statemntFinding(node, cluster)),
      orRegexFinding(node, () => optionsFinding(node, cluster)),
    ];
  });
}

/** Stands for what commands print, so that none is run. */
class NamedOutputs extends Map<string, { readonly output: string }> {
  override get(command: string) {
    return { output: printedBy(command) };
  }
}

function treeFinding(
  row: ReturnType<typeof variableTrees>[number],
  node: string,
  cluster: Cluster,
): Finding | undefined {
  const where = `litetree row priority=${row.priority}: directory`;
  const here = attempt(() => substitute(row.directory, node, cluster, where));
  return compare(treeName(row), here, stockTreeText(row.directory, node, cluster));
}

function statemntFinding(node: string, cluster: Cluster): Finding | undefined {
  const written = attributeOf(cluster, node, 'statelite', 'statemnt');
  if (written === undefined || !/\$|#CMD=/u.test(written)) return undefined;
  const here = attempt(() => substitute(written, node, cluster, 'statelite table: statemnt'));
  return compare(`statemnt ${written}`, here, stockStatemntText(written, node, cluster));
}

function optionsFinding(node: string, cluster: Cluster): Finding | undefined {
  const mntopts = attributeOf(cluster, node, 'statelite', 'mntopts');
  if (mntopts === undefined) return undefined;
  return {
    subject: `statelite.mntopts ${mntopts}`,
    here: 'added to the defaults',
    stock: 'in place of the defaults, or ignored',
    reasons: [
      { quirk: 'node QUIRK-27', says: 'MNTOPTS replace nolock' },
      { quirk: 'node QUIRK-03', says: 'from EL7 on, xCAT ignores MNTOPTS' },
    ],
  };
}

/** Here: the place, or why there is none. */
type Here = { readonly text: string } | { readonly refused: string };

function attempt(work: () => string): Here {
  try {
    return { text: work() };
  } catch (error) {
    if (!hasCode(error, 'ERR_STATELITE_VARIABLE')) throw error;
    return { refused: error.message };
  }
}

function compare(subject: string, here: Here, { text, reasons }: StockText): Finding | undefined {
  const isSame = 'text' in here && here.text.replaceAll('//', '/') === text;
  const command = reasons.filter(({ quirk }) => quirk === 'mgmt QUIRK-27');
  if (isSame && command.length === 0) return undefined;
  const stock = text === '' ? 'nothing at all' : text;
  if (isSame) {
    return {
      subject,
      here: `${text}, run by nobody`,
      stock: `${stock}, run by root`,
      reasons: command,
    };
  }
  const unknown = { quirk: undefined, says: 'xCAT reads the location otherwise' };
  return {
    subject,
    here: 'text' in here ? here.text : `refused (${here.refused})`,
    stock,
    reasons: reasons.length === 0 ? [unknown] : reasons,
  };
}
