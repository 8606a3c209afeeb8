import { describe, expect, test } from 'vitest';
import { stockLitefile } from '../../../../mgmt/core/stock-answer.ts';
import { sharedReplies } from '../../../../mgmt/daemon/shared-replies.ts';
import { clusterOf, type Given } from '../../../helpers/cluster.ts';
import { failure } from '../../../helpers/rows.ts';

const cluster = (given: Given = {}) =>
  clusterOf({
    nodelist: ['n1', 'n2', 'other'].map((node) => ({ node, groups: 'all' })),
    nodetype: [
      { node: 'all', provmethod: 'compute' },
      { node: 'other', provmethod: 'visual' },
    ],
    litefile: [
      { image: 'ALL', file: '/etc/n1/motd', options: 'tmpfs' },
      { image: 'visual', file: '/etc/x', options: 'ro' },
    ],
    ...given,
  });

/** As a reply is rendered, counted. */
function renderer() {
  const calls: number[] = [];
  const render = (lines: readonly string[]) => {
    calls.push(lines.length);
    return lines.map((line) => `<info>${line}</info>`).join('\n');
  };
  return { calls, render };
}

describe('the litefile list of a snapshot', () => {
  test('is rendered once for each image, and names each node as its own lines would', () => {
    const tables = cluster();
    const { calls, render } = renderer();
    const reply = sharedReplies(tables);
    for (const node of ['n1', 'n2', 'other', 'n1', 'n2']) {
      const lines = stockLitefile(node, tables);
      const expected = lines.map((line) => `<info>${line}</info>`).join('\n');
      expect(reply(node, render)).toEqual({ reply: expected, lines: lines.length });
    }
    expect(calls).toEqual([2, 3]);
  });

  test('of a table that holds what stands for the name is not shared', () => {
    const file = '/etc/\ue000\ue001';
    const tables = cluster({ litefile: [{ image: 'ALL', file, options: 'tmpfs' }] });
    const { calls, render } = renderer();
    const reply = sharedReplies(tables);
    expect(reply('n2', render).reply).toContain(`n2: tmpfs         ${file}`);
    expect(reply('n1', render).reply).toContain(`n1: tmpfs         ${file}`);
    expect(calls).toEqual([2, 2, 2]);
  });

  test('is refused as its lines would be', () => {
    const tables = cluster({ nodetype: [] });
    expect(() => sharedReplies(tables)('n1', () => '')).toThrow(
      failure('ERR_STATELITE_NOT_FOUND', 'n1 has no image'),
    );
  });
});
