import { imageOf } from '../core/answer-for.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { splitList } from '../core/list.ts';
import { renderScriptLine } from './shell-words.ts';

/** When scripts run: while a node boots, or after it has. On a diskless node both run after. */
export type ScriptKind = 'postscripts' | 'postbootscripts';

/** Scripts with their arguments, in the words of a shell, and who says so. */
export interface ScriptGroup {
  readonly origin: 'defaults' | 'osimage' | 'node';
  readonly lines: readonly string[];
}

/** This row of the table is for every node. */
const everyNode = 'xcatdefaults';

/**
 * The scripts of a node in the order they run: those of the row xcatdefaults, of its osimage, its own
 * or its groups' (reference 6.2). Of the same one twice, arguments and all, the first counts. Throws
 * like `renderScriptLine`, and as `imageOf` does.
 */
export function scriptGroups(node: string, kind: ScriptKind, cluster: Cluster): ScriptGroup[] {
  const image = imageOf(node, cluster);
  const defaults = cluster.rowOf('postscripts', everyNode)?.[kind] ?? null;
  const osimage = cluster.rows.osimage.find(({ imagename }) => imagename === image)?.[kind];
  const own = attributeOf(cluster, node, 'postscripts', kind);
  const seen = new Set<string>();
  const group = (origin: ScriptGroup['origin'], list: string | null, where: string) => {
    const lines = splitList(list).map((text) => renderScriptLine(text, `${where}: ${kind}`));
    const fresh = lines.filter((line) => !seen.has(line) && seen.add(line));
    return { origin, lines: fresh };
  };
  return [
    group('defaults', defaults, `postscripts row node=${everyNode}`),
    group('osimage', osimage ?? null, `osimage row imagename=${image}`),
    group('node', own ?? null, `postscripts row of ${node}`),
  ].filter(({ lines }) => lines.length > 0);
}
