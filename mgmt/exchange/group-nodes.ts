import type { Difference, Finding } from './finding.ts';

/** A node that has an image. */
export interface ImageNode {
  readonly node: string;
  readonly image: string;
}

interface Group {
  readonly first: Finding;
  readonly members: ImageNode[];
  vary: boolean;
}

/**
 * One finding for all nodes that show it with values of their own: same subject, same reasons.
 * `(cn01)` says whose values are shown.
 */
export function groupNodes(
  nodes: readonly ImageNode[],
  look: (node: ImageNode) => readonly (Finding | undefined)[],
): Difference[] {
  const groups = new Map<string, Group>();
  for (const member of nodes) {
    for (const finding of look(member)) {
      if (finding === undefined) continue;
      const key = JSON.stringify([finding.subject, finding.reasons]);
      const known = groups.get(key);
      if (known === undefined) {
        groups.set(key, { first: finding, members: [member], vary: false });
      } else {
        known.members.push(member);
        known.vary ||= known.first.here !== finding.here || known.first.stock !== finding.stock;
      }
    }
  }
  return [...groups.values()].map(({ first, members, vary }) => ({
    ...first,
    here: vary ? `${first.here} (${members[0]?.node})` : first.here,
    images: [...new Set(members.map(({ image }) => image))],
    nodes: members.map(({ node }) => node),
  }));
}
