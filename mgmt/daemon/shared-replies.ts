import { escapeText } from '../../agent/protocol/elements.ts';
import { imageOf } from '../core/answer-for.ts';
import type { Cluster } from '../core/cluster.ts';
import { stockLitefile } from '../core/stock-answer.ts';

/** Makes a reply of lines, XML as it is sent. The same lines must give the same reply. */
export type RenderLines = (lines: readonly string[]) => string;

export interface SharedReply {
  readonly reply: string;
  /** How many lines it has. */
  readonly lines: number;
}

/** Stands for the node's name; no table has it, and one that has only costs the sharing. */
const placeholder = '\ue000\ue001';

/**
 * The litefile lists of a snapshot's nodes. Those of an image differ in the node's name alone: they
 * are rendered once, and kept as what stands between the names. Throws like `stockLitefile`.
 */
export function sharedReplies(
  cluster: Cluster,
): (node: string, render: RenderLines) => SharedReply {
  const pieces = new Map<string, readonly string[]>();
  const piecesFor = (image: string, node: string, render: RenderLines): readonly string[] => {
    const known = pieces.get(image);
    if (known !== undefined) return known;
    const lines = stockLitefile(node, cluster).map(
      (line) => `${placeholder}${line.slice(node.length)}`,
    );
    const between = render(lines).split(placeholder);
    const made = between.length === lines.length + 1 ? between : [];
    pieces.set(image, made);
    return made;
  };
  return (node, render) => {
    const between = piecesFor(imageOf(node, cluster), node, render);
    if (between.length > 0) {
      return { reply: between.join(escapeText(node)), lines: between.length - 1 };
    }
    const lines = stockLitefile(node, cluster);
    return { reply: render(lines), lines: lines.length };
  };
}
