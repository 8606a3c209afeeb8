import { describe, expect, test } from 'vitest';
import { remembered } from '../../../../mgmt/commands/remembered.ts';
import { withCommands } from '../../../../mgmt/commands/with-commands.ts';
import { answerFor } from '../../../../mgmt/core/answer-for.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

/** Prints the text in capitals, and keeps what it was asked to run. */
function recordingRun() {
  const ran: string[] = [];
  const run = async (text: string) => {
    ran.push(text);
    return { output: text.toUpperCase() };
  };
  return { ran, run };
}

const nodes = Array.from({ length: 20 }, (_, index) => `n${index}`);
const tables = {
  nodelist: nodes.map((node) => ({ node, groups: 'all' })),
  nodetype: [{ node: 'all', provmethod: 'img' }],
  litetree: [{ priority: '1', directory: 'srv:/#CMD=common#/#CMD=of $node#' }],
};
const cluster = clusterOf({ ...tables, site: [{ key: 'statelitecmd', value: 'yes' }] });

describe('a cluster with commands', () => {
  test('has run what the answers for its nodes need, each once', async () => {
    const { ran, run } = recordingRun();
    const prepared = await withCommands(cluster, nodes, run);
    expect(ran.toSorted()).toEqual(['common', ...nodes.map((node) => `of ${node}`)].toSorted());
    expect(answerFor('n7', prepared).litetree[0]?.directory).toBe('srv:/COMMON/OF N7');
  });

  test('runs nothing if that is not switched on', async () => {
    const { ran, run } = recordingRun();
    await withCommands(clusterOf(tables), nodes, run);
    expect(ran).toEqual([]);
  });
});

describe('a remembered command', () => {
  test('runs once a minute', async () => {
    const { ran, run } = recordingRun();
    let now = 0;
    const again = remembered(run, () => now);
    await Promise.all([again('a'), again('a')]);
    now = 59_999;
    await again('a');
    expect(ran).toEqual(['a']);
    now = 60_000;
    await again('a');
    expect(ran).toEqual(['a', 'a']);
  });

  test('is forgotten after a thousand others', async () => {
    const { ran, run } = recordingRun();
    const again = remembered(run, () => 0);
    for (let number = 0; number <= 1000; number += 1) await again(`c${number}`);
    await again('c1');
    expect(ran).toHaveLength(1001);
    await again('c0');
    expect(ran).toHaveLength(1002);
  });
});
