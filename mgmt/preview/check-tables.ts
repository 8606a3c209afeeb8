import { hasCode } from '../../agent/errors.ts';
import { imageOf } from '../core/answer-for.ts';
import type { Cluster } from '../core/cluster.ts';
import { splitList } from '../core/list.ts';
import { suggest } from '../core/nearest.ts';
import { namesIn } from '../core/row-warnings.ts';
import { tableProblems } from '../core/table-problems.ts';
import { checkRegexValues } from './check-regex-values.ts';
import { type Finding, findingOf } from './finding.ts';

/** Mistakes that the tables show by themselves, without a look at any image. */
export function checkTables(cluster: Cluster): Finding[] {
  return [
    ...tableProblems(cluster.rows).map((message): Finding => ({
      level: 'error',
      message,
      hint: 'correct one of the rows: tabdump litefile shows them',
    })),
    ...rowsForNothing(cluster),
    ...rowsForNobody(cluster),
    ...checkRegexValues(cluster),
    ...nodesWithoutImage(cluster),
    ...badPorts(cluster),
  ];
}

/** Rows whose image column names no image and no group of one. */
function rowsForNothing({ rows }: Cluster): Finding[] {
  const images = rows.osimage.flatMap(({ imagename, groups }) => [imagename, ...splitList(groups)]);
  const known = new Set(['', 'ALL', ...images]);
  const describe = {
    litefile: rows.litefile.map((row) => ({ image: row.image, name: row.file })),
    litetree: rows.litetree.map((row) => ({ image: row.image, name: `priority ${row.priority}` })),
  };
  return Object.entries(describe).flatMap(([table, all]) =>
    all
      .filter(({ image }) => !known.has(image.trim()))
      .map(({ image, name }): Finding => ({
        level: 'warning',
        message: `the ${table} row ${name} is for ${image}, which is no osimage and no group of one`,
        hint: suggest(image, images, 'correct its image, or remove the row'),
      })),
  );
}

/** Rows of persistent directories that no node has. */
function rowsForNobody({ rows }: Cluster): Finding[] {
  const { nodes } = namesIn(rows);
  return rows.statelite
    .filter(({ node }) => !nodes.has(node))
    .map(({ node }): Finding => ({
      level: 'warning',
      message: `the statelite row ${node} is for no node and no group`,
      hint: suggest(node, nodes, 'correct its node, or remove the row'),
    }));
}

/** Ports of the site table that are none. */
function badPorts({ site }: Cluster): Finding[] {
  return (['xcatdport', 'xcatiport', 'httpport'] as const).flatMap((key) => {
    try {
      site.port(key);
      return [];
    } catch (error) {
      return [findingOf(error, {})];
    }
  });
}

/** Nodes that have no image, or one that is not defined. */
function nodesWithoutImage(cluster: Cluster): Finding[] {
  const known = new Set(cluster.rows.osimage.map(({ imagename }) => imagename));
  return [...cluster.nodes].flatMap((node): Finding[] => {
    try {
      const image = imageOf(node, cluster);
      if (known.has(image)) return [];
      const hint = suggest(image, known, `nodeset ${node} osimage=<image>`);
      return [
        { level: 'error', nodes: [node], message: `there is no osimage ${image}, its image`, hint },
      ];
    } catch (error) {
      if (hasCode(error, 'ERR_STATELITE_ROW')) return []; // said of the row
      if (!hasCode(error, 'ERR_STATELITE_NOT_FOUND')) throw error;
      // Not every node of a cluster is diskless.
      const { hint } = findingOf(error, {});
      return [{ level: 'warning', nodes: [node], message: 'no image', ...(hint ? { hint } : {}) }];
    }
  });
}
