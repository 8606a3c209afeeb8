import type { BootAnswer } from '../../agent/protocol/answer.ts';
import {
  parseStockReply,
  stockInfo,
  stockLitefileRows,
  stockLitetreeRows,
} from '../../agent/protocol/stock-xml.ts';
import { answerFor } from '../../mgmt/core/answer-for.ts';
import type { Cluster } from '../../mgmt/core/cluster.ts';
import { clusterOf } from '../helpers/cluster.ts';
import type { CaseInput, FileRow } from './case.ts';

/** The management node of a case, in memory. */
export function clusterOfCase(input: CaseInput, litefile: readonly FileRow[]): Cluster {
  const { node, imagename } = input;
  return clusterOf({
    site: [{ key: 'master', value: 'mn' }],
    nodelist: [{ node }],
    nodetype: [{ node, provmethod: imagename, os: 'linux', arch: 'x86_64', profile }],
    noderes: [{ node, nfsserver: 'mn', xcatmaster: 'mn' }],
    osimage: [{ imagename, groups: input.imagegroups, provmethod: 'statelite', profile }],
    litefile: litefile.map((row) => ({ ...row })),
    litetree: input.litetree.map((row) => ({ ...row })),
  });
}

/** The profile of the recorded images: the root's line in their fstab begins with it. */
export const profile = 'compute';

/** What the node is told: by our management node, or by the stock one of the case. */
export function answerOfCase(input: CaseInput): BootAnswer {
  const answer = answerFor(input.node, clusterOfCase(input, input.litefile));
  const { litefile, litetree } = input.wire;
  return {
    ...answer,
    ...(litefile === null ? {} : { litefile: stockLitefileRows(linesOf(litefile)) }),
    ...(litetree === null ? {} : { litetree: stockLitetreeRows(linesOf(litetree)) }),
  };
}

function linesOf(raw: string): readonly string[] {
  return stockInfo(parseStockReply(raw));
}
