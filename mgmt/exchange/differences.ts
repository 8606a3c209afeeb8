import { hasCode } from '../../agent/errors.ts';
import { imageOf } from '../core/answer-for.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { fileDifferences } from './file-differences.ts';
import { type Difference, type Finding, mergeEqual } from './finding.ts';
import { groupNodes } from './group-nodes.ts';
import { locationDifferences } from './location-differences.ts';
import { orRegexFinding } from './regex-finding.ts';
import { treeDifferences } from './tree-differences.ts';

/**
 * What the tables alone show that comes out otherwise on stock xCAT: for every statelite image and
 * its nodes, litefile paths, trees, persistent stores. What depends on the content of trees and
 * images is `explain`'s. The work grows with images times rows, and with nodes.
 */
export function stockDifferencesOf(cluster: Cluster): Difference[] {
  const { nodesOf, withoutImage } = nodesByImage(cluster);
  const defined = cluster.rows.osimage.map(({ imagename }) => imagename);
  const images = [...new Set([...defined, ...nodesOf.keys()])].filter((image) =>
    isStatelite(image, cluster),
  );
  const ofImages = images.flatMap((image): Difference[] => {
    const nodes = nodesOf.get(image) ?? [];
    return [
      ...imageFindings(image, cluster),
      ...fileDifferences(image, cluster),
      ...treeDifferences(image, cluster),
    ].map((finding) => ({ ...finding, images: [image], nodes }));
  });
  const imageNodes = images.flatMap((image) =>
    (nodesOf.get(image) ?? []).map((node) => ({ node, image })),
  );
  return [
    ...withoutImage,
    ...groupNodes(imageNodes, ({ node }) => [
      orRegexFinding(node, () => unanswered(node, cluster)),
    ]),
    ...mergeEqual(ofImages),
    ...locationDifferences(imageNodes, cluster),
  ];
}

/**
 * Nodes without an image are no diskless ones, nor those that are installed. `withoutImage` are
 * those whose image cannot be worked out.
 */
function nodesByImage(cluster: Cluster): {
  nodesOf: ReadonlyMap<string, readonly string[]>;
  withoutImage: Difference[];
} {
  const defined = new Set(cluster.rows.osimage.map(({ imagename }) => imagename));
  const nodesOf = new Map<string, string[]>();
  const refused = new Map<string, Finding>();
  for (const node of cluster.nodes) {
    const image = orRegexFinding(node, () => imageOrNone(node, cluster, defined));
    if (image === undefined) continue;
    if (typeof image === 'object') {
      refused.set(node, image);
    } else {
      const known = nodesOf.get(image);
      if (known === undefined) nodesOf.set(image, [node]);
      else known.push(node);
    }
  }
  const nowhere = [...refused.keys()].map((node) => ({ node, image: '' }));
  const withoutImage = groupNodes(nowhere, ({ node }) => [refused.get(node)]);
  return { nodesOf, withoutImage: withoutImage.map((one) => ({ ...one, images: [] })) };
}

function imageOrNone(
  node: string,
  cluster: Cluster,
  defined: ReadonlySet<string>,
): string | undefined {
  try {
    const image = imageOf(node, cluster);
    const provmethod = attributeOf(cluster, node, 'nodetype', 'provmethod') ?? '';
    const isInstalled = ['install', 'netboot'].includes(provmethod);
    return isInstalled && !defined.has(image) ? undefined : image;
  } catch (error) {
    if (hasCode(error, 'ERR_STATELITE_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** An image that is provisioned otherwise has no litefiles, whatever rows for ALL say. */
function isStatelite(image: string, { rows }: Cluster): boolean {
  const row = rows.osimage.find(({ imagename }) => imagename === image);
  return (row?.provmethod ?? 'statelite') === 'statelite';
}

/** A node that gets an answer here alone. */
function unanswered(node: string, cluster: Cluster): Finding | undefined {
  const hasAll = ['os', 'arch', 'profile'].every(
    (column) => attributeOf(cluster, node, 'nodetype', column) !== undefined,
  );
  if (hasAll) return undefined;
  return {
    subject: 'what a booting node is told',
    here: 'the rows of its image',
    stock: 'an error, and the node boots without writable files',
    reasons: [
      { quirk: undefined, says: 'xCAT wants os, arch and profile in nodetype beside an image' },
      { quirk: 'mgmt QUIRK-23', says: 'the node takes an error for an answer' },
    ],
  };
}

function imageFindings(image: string, { rows }: Cluster): Finding[] {
  const row = rows.osimage.find(({ imagename }) => imagename === image);
  const isLinux = row === undefined || row.imagetype !== null;
  if (isLinux || !rows.linuximage.some(({ imagename }) => imagename === image)) return [];
  const reasons = [
    { quirk: 'mgmt QUIRK-8', says: 'without osimage.imagetype xCAT hides the row of linuximage' },
  ];
  const here = 'its linuximage row counts';
  return [{ subject: 'the osimage', here, stock: 'lsdef and chdef do not see it', reasons }];
}
