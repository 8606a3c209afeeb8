import { hasCode } from '../../agent/errors.ts';
import { readImage } from '../../agent/files/image-record.ts';
import { plan, type Plan } from '../../agent/plan/plan.ts';
import { answerFor, imageOf, statemntOf } from '../core/answer-for.ts';
import type { Cluster } from '../core/cluster.ts';
import { nameUnprepared } from '../core/unprepared.ts';
import { type Finding, findingOf, merged } from './finding.ts';
import type { Host } from './host.ts';
import { hasLocalDisk } from './local-disk.ts';
import { decidePreview, type Preview, previewer, rootImage } from './preview.ts';
import type { Unseen } from './unseen.ts';

/** Mistakes of one image and of its nodes, all of them given, found by foreseeing their boots. */
export async function checkImage(
  image: string,
  nodes: readonly string[],
  cluster: Cluster,
  host: Host,
): Promise<Finding[]> {
  const prepared = await preparation(image, cluster);
  if (prepared.some(({ level }) => level === 'error')) return prepared;
  const findings = [...prepared];
  const previewOf = previewer(cluster, host);
  for (const alike of alikeNodes(nodes, image, cluster)) {
    findings.push(...(await checkNodes(alike, image, previewOf, prepared.length > 0)));
  }
  return merged(findings);
}

/** The nodes of each image; one whose image is not known is in none, `checkTables` says why. */
export function nodesByImage(cluster: Cluster): Map<string, string[]> {
  const nodes = Map.groupBy(cluster.nodes, (node) => {
    try {
      return imageOf(node, cluster);
    } catch (error) {
      if (hasCode(error, 'ERR_STATELITE_NOT_FOUND', 'ERR_STATELITE_ROW')) return '';
      throw error;
    }
  });
  nodes.delete('');
  return nodes;
}

/** Whether the image is there, takes its table, and was prepared for it. */
async function preparation(image: string, cluster: Cluster): Promise<Finding[]> {
  try {
    const root = await rootImage(image, cluster);
    const { entries, saved } = await readImage(root, cluster.rowsFor(image).litefile);
    const changed = nameUnprepared(entries, saved);
    if (changed === undefined) return [];
    const message = `the image was not prepared since the table changed: ${changed}`;
    return [{ level: 'warning', image, message, hint: `liteimg ${image}` }];
  } catch (error) {
    return [findingOf(error, { image })];
  }
}

/** Nodes whose boots are decided from the same places, their persistent directories aside. */
function alikeNodes(nodes: readonly string[], image: string, cluster: Cluster): string[][] {
  const signature = (node: string): string => {
    try {
      const { litetree } = answerFor(node, cluster);
      const isKept = statemntOf(node, cluster) !== undefined;
      return JSON.stringify([litetree, isKept, hasLocalDisk(node, image, cluster)]);
    } catch (error) {
      // To be told for each.
      if (hasCode(error, 'ERR_STATELITE_VARIABLE', 'ERR_STATELITE_ROW')) return node;
      throw error;
    }
  };
  return [...Map.groupBy(nodes, signature).values()];
}

async function checkNodes(
  nodes: readonly string[],
  image: string,
  previewOf: ReturnType<typeof previewer>,
  isUnprepared: boolean,
): Promise<Finding[]> {
  const [node] = nodes;
  if (node === undefined) return [];
  const about = { image, nodes };
  try {
    const preview = await previewOf(node);
    const decided = await decidePreview(preview, plan);
    const isSeen = preview.unseen.length === 0;
    return [
      ...preview.unseen.map((one) => ({ ...unseenFinding(one), ...about })),
      ...(isSeen ? withoutSource(decided, preview).map((one) => ({ ...one, ...about })) : []),
      // Of an unprepared image they would say what is said already.
      ...(isUnprepared ? [] : noticed(decided).map((one) => ({ ...one, ...about }))),
    ];
  } catch (error) {
    return [findingOf(error, about)];
  }
}

/** Of many nodes' own directories on one server, one finding. */
function unseenFinding({ what, why, server }: Unseen): Finding {
  const place = server === undefined ? what : `trees or stores of ${server}`;
  return { level: 'warning', message: `cannot look into ${place} from here: ${why}` };
}

/** Rows that nothing has content for, neither the image nor a tree: nodes get it empty. */
function withoutSource({ verdicts }: Plan, { image: { saved } }: Preview): Finding[] {
  return [...verdicts.values()]
    .filter(({ entry: { path, original, mtab }, sources }) => {
      const isMade = saved.made.has(path) || (original === undefined && !saved.entries.has(path));
      return isMade && !mtab && sources.from.every(({ root }) => root === '/.default');
    })
    .map(({ entry: { written, type } }) => ({
      level: 'warning',
      message: `${written} has no source: neither the image nor a tree has it, nodes get an empty ${type === 'dir' ? 'directory' : 'file'}`,
      hint: 'put it into a tree or the image, if it should hold something',
    }));
}

function noticed({ notices }: Plan): Finding[] {
  return notices
    .filter(({ level }) => level !== 'notice')
    .map(({ level, message }) => ({ level: level === 'degraded' ? 'error' : 'warning', message }));
}
