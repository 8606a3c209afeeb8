import { describe, expect, test } from 'vitest';
import { commandsOf } from '../../../../mgmt/core/commands-of.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

const tables = {
  nodelist: [
    { node: 'n1', groups: 'all' },
    { node: 'n2', groups: 'all' },
    { node: 'other', groups: 'all' },
    { node: 'bare', groups: 'all' },
  ],
  nodetype: [
    { node: 'n1', provmethod: 'img', profile: 'hpc' },
    { node: 'n2', provmethod: 'img' },
    { node: 'other', provmethod: 'else' },
  ],
  litetree: [
    { priority: '1', image: 'img', directory: 'srv:/#CMD=uname -r#/#CMD=f $node#' },
    { priority: '2', image: 'img', directory: 'srv:/$nodetype.profile/#CMD=g $nodetype.profile#' },
    { priority: '3', image: 'else', directory: 'srv:/#CMD=h' },
    { priority: '4', image: 'none', directory: 'srv:/#CMD=never#' },
  ],
  statelite: [{ node: 'all', statemnt: 'srv:/#CMD=uname -r#/state' }],
};
const site = [{ key: 'statelitecmd', value: 'yes' }];

describe('the commands that answers need', () => {
  const cluster = clusterOf({ ...tables, site });

  test.for<[string[], string[]]>([
    [['n1'], ['uname -r', 'f n1', 'g hpc']],
    [
      ['n1', 'n2'],
      ['uname -r', 'f n1', 'g hpc', 'f n2'],
    ],
    [['other'], ['uname -r']],
    [['bare', 'nosuch'], ['uname -r']],
    [[], []],
  ])('for %j are %j, each once', ([nodes, expected]) => {
    expect(commandsOf(nodes, cluster)).toEqual(expected);
  });

  test('are none unless they are switched on', () => {
    expect(commandsOf(['n1'], clusterOf(tables))).toEqual([]);
  });
});
