import { release } from 'node:os';
import { expect, test } from 'vitest';
import { withCommands } from '../../../../mgmt/commands/with-commands.ts';
import { answerFor, statemntOf } from '../../../../mgmt/core/answer-for.ts';
import { clusterOf } from '../../../helpers/cluster.ts';
import { failure } from '../../../helpers/rows.ts';

const tables = {
  nodelist: [{ node: 'n1', groups: 'all' }],
  nodetype: [{ node: 'all', provmethod: 'img', profile: 'compute' }],
  noderes: [{ node: 'all', nfsserver: '10.0.0.1' }],
  litetree: [
    {
      priority: '1',
      image: 'ALL',
      directory: '$noderes.nfsserver:/syncdirs/$nodetype.profile/#CMD=uname -r#/',
    },
  ],
  statelite: [{ node: 'all', statemnt: 'nfs1:/state/#CMD=exit 7#' }],
  site: [{ key: 'statelitecmd', value: 'yes' }],
};

test("a tree's location has what its command printed on the management node", async () => {
  const cluster = await withCommands(clusterOf(tables), ['n1']);
  expect(answerFor('n1', cluster).litetree.map(({ directory }) => directory)).toEqual([
    `10.0.0.1:/syncdirs/compute/${release()}/`,
  ]);
});

test('a command that fails is an error where its output is needed', async () => {
  const cluster = await withCommands(clusterOf(tables), ['n1']);
  expect(() => statemntOf('n1', cluster)).toThrow(
    failure('ERR_STATELITE_VARIABLE', 'statemnt', '#CMD=exit 7#: ended with status 7'),
  );
});

test('without the switch it does not run', async () => {
  const cluster = await withCommands(clusterOf({ ...tables, site: [] }), ['n1']);
  expect(() => answerFor('n1', cluster)).toThrow(
    failure('ERR_STATELITE_VARIABLE', 'litetree row priority=1', '#CMD= is not switched on'),
  );
});
