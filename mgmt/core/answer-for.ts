import { StateliteError } from '../../agent/errors.ts';
import type { BootAnswer, LitetreeRow } from '../../agent/protocol/answer.ts';
import { attributeOf } from './attributes.ts';
import type { Cluster } from './cluster.ts';
import { suggest } from './nearest.ts';
import { substitute } from './variables.ts';

/** Words of nodetype.provmethod that are no image. */
const methods: readonly string[] = ['statelite', 'netboot', 'install'];

/** What a node is told when it boots: its image, and the rows that apply with its values in them. */
export function answerFor(node: string, cluster: Cluster): BootAnswer {
  if (!cluster.nodes.has(node)) {
    throw new StateliteError('ERR_STATELITE_NOT_FOUND', `there is no node ${node}`, {
      hint: suggest(node, cluster.nodes, 'nodels lists the nodes; nodeadd adds one'),
    });
  }
  const image = imageOf(node, cluster);
  return {
    node,
    image,
    litefile: cluster.rowsFor(image).litefile,
    litetree: treesOf(node, image, cluster),
    permission: cluster.rowsFor(image).permission,
  };
}

/**
 * The osimage of a node: nodetype.provmethod, or if that only names a method, the composed
 * `<os>-<arch>-statelite-<profile>`. Throws ERR_STATELITE_NOT_FOUND if neither is known.
 */
export function imageOf(node: string, cluster: Cluster): string {
  const provmethod = attributeOf(cluster, node, 'nodetype', 'provmethod');
  if (provmethod !== undefined && !methods.includes(provmethod)) return provmethod;
  const [os, arch, profile] = ['os', 'arch', 'profile'].map((column) =>
    attributeOf(cluster, node, 'nodetype', column),
  );
  if (os !== undefined && arch !== undefined && profile !== undefined) {
    return `${os}-${arch}-statelite-${profile}`;
  }
  throw new StateliteError('ERR_STATELITE_NOT_FOUND', `${node} has no image`, {
    hint: `give it one: nodeset ${node} osimage=<image>, or set os, arch and profile in nodetype`,
  });
}

/** A text of a row in which variables stand, and how errors name the row. */
interface Written {
  readonly text: string;
  readonly where: string;
}

/** The directories of a node's trees as they are written. Throws like `imageOf`. */
export function writtenTrees(node: string, cluster: Cluster): Written[] {
  return cluster.rowsFor(imageOf(node, cluster)).litetree.map(writtenDirectory);
}

/** The statemnt of a node as it is written, if it has one. */
export function writtenStatemnt(node: string, cluster: Cluster): Written[] {
  const text = attributeOf(cluster, node, 'statelite', 'statemnt');
  return text === undefined ? [] : [{ text, where: 'statelite table: statemnt' }];
}

/** A node's trees in table order, variables substituted. Throws ERR_STATELITE_VARIABLE. */
export function treesOf(node: string, image: string, cluster: Cluster): LitetreeRow[] {
  return cluster.rowsFor(image).litetree.map((row) => {
    const { text, where } = writtenDirectory(row);
    return { ...row, directory: substitute(text, node, cluster, where) };
  });
}

function writtenDirectory({ priority, directory }: LitetreeRow): Written {
  return { text: directory, where: `litetree row priority=${priority}: directory` };
}

/** Where the persistent files of nodes are: the statelite table's row, variables substituted. */
export interface Statemnt {
  /** `server:/path`, without the node's own directory. */
  readonly location: string;
  readonly mntopts: string;
}

/** The statelite row that counts for a node; undefined if it has none. */
export function statemntOf(node: string, cluster: Cluster): Statemnt | undefined {
  const [written] = writtenStatemnt(node, cluster);
  if (written === undefined) return undefined;
  return {
    location: substitute(written.text, node, cluster, written.where),
    mntopts: attributeOf(cluster, node, 'statelite', 'mntopts') ?? '',
  };
}
