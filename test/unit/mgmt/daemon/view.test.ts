import { describe, expect, test } from 'vitest';
import { createLogger } from '../../../../agent/log.ts';
import type { Cluster } from '../../../../mgmt/core/cluster.ts';
import { createViews } from '../../../../mgmt/daemon/view.ts';
import { clusterOf, type Given } from '../../../helpers/cluster.ts';
import { failure } from '../../../helpers/rows.ts';

/** Views whose commands print their own text in capitals. */
function views() {
  const ran: string[] = [];
  const log: string[] = [];
  const create = createViews(
    createLogger('test', (line) => void log.push(line)),
    async (text) => {
      ran.push(text);
      return { output: text.toUpperCase() };
    },
  );
  return { ran, log, create };
}

const tables = (given: Given): Cluster =>
  clusterOf({
    nodelist: ['n1', 'n2', 'n3'].map((node) => ({ node, groups: 'all' })),
    nodetype: [{ node: 'all', provmethod: 'compute', profile: 'service' }],
    litetree: [{ priority: '1', directory: 'srv:/lite/#CMD=f $nodetype.profile#' }],
    litefile: [{ image: 'ALL', file: '/etc/motd', options: 'tmpfs' }],
    ...given,
  });

const site = [{ key: 'statelitecmd', value: 'yes' }];

describe('a view', () => {
  test('has the commands run that the trees of a node need, if the cluster lets them', async () => {
    const { ran, create } = views();
    const view = create(tables({ site }));
    expect((await view.answerFor('n1')).litetree).toMatchObject([
      { directory: 'srv:/lite/F SERVICE' },
    ]);
    expect(await view.stockLines('n1', 'litetree')).toEqual(['n1: srv:/lite/F SERVICE']);
    expect(ran).toEqual(['f service', 'f service']);
  });

  test('runs none for the list of files', async () => {
    const { ran, create } = views();
    expect(await create(tables({ site })).stockLines('n1', 'litefile')).toContain(
      'n1: tmpfs         /etc/motd',
    );
    expect(ran).toEqual([]);
  });

  test('refuses a node whose trees need one, unless commands are switched on', async () => {
    const { ran, create } = views();
    await expect(create(tables({})).answerFor('n1')).rejects.toEqual(
      failure('ERR_STATELITE_VARIABLE', 'litetree row priority=1', '#CMD= is not switched on'),
    );
    expect(ran).toEqual([]);
  });

  test('logs what is wrong with addresses once, until addresses change', () => {
    const { log, create } = views();
    const hosts = [{ node: 'all', ip: '10.0.0.9' }];
    create(tables({ hosts }));
    create(tables({ hosts, litefile: [] }));
    expect(log).toEqual([
      expect.stringContaining('hosts table: 10.0.0.9 belongs to n1, n2, n3, none of them'),
    ]);
    create(tables({ hosts: [{ node: 'all', ip: '|x(\\d)|10.0.0.($1)|' }] }));
    expect(log.slice(1).map((line) => / for (n\d): /u.exec(line)?.[1])).toEqual(['n1', 'n2', 'n3']);
  });

  test('names a few of many nodes', () => {
    const { log, create } = views();
    const nodelist = Array.from({ length: 50 }, (_, index) => ({
      node: `c${index}`,
      groups: 'all',
    }));
    create(tables({ nodelist, hosts: [{ node: 'all', ip: '|x(\\d)|10.0.0.($1)|' }] }));
    expect(log).toHaveLength(6);
    expect(log[5]).toContain('45 more');
  });
});
