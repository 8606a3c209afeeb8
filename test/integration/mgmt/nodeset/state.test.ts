import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { plantTree } from '../../../helpers/tree.ts';
import { type Mgmt, mgmt } from './management-node.ts';

/** What `nodeset n1 stat` prints or says, with something else in the place of n1's boot file. */
async function stat(mn: Mgmt) {
  const error = await mn.nodeset('n1', 'stat');
  return error?.message.replace(mn.directory, '') ?? mn.printed;
}

const place = 'tftpboot/xcat/xnba/nodes/n1';

test('nodeset stat tells what the boot file says', async () => {
  await using mn = await mgmt();
  expect(await stat(mn)).toEqual(['n1: offline']);
  await mn.nodeset('n1', 'osimage=compute');
  expect(await stat(mn)).toEqual(['n1: statelite debian12-x86_64-compute']);
  await mn.nodeset('n1', 'boot');
  expect(await stat(mn)).toEqual(['n1: boot']);
});

test.for([
  ['a file of somebody else', 'no comment'],
  ['an empty file', ''],
  ['a link that leads nowhere', { link: 'nowhere' }],
] as const)('%s tells no state', async ([, what]) => {
  await using mn = await mgmt();
  plantTree(mn.directory, { [place]: what });
  expect(await stat(mn)).toEqual(['n1: offline']);
});

test.for([
  ['a directory', { [place]: { dir: 0o755 } }],
  ['a link to itself', { [place]: { link: 'n1' } }],
  ['a file above it', { [dirname(place)]: '' }],
  ['a FIFO', {}],
] as const)('%s in its place is named, and nothing waits for it', async ([, tree]) => {
  await using mn = await mgmt();
  plantTree(mn.directory, tree);
  if (Object.keys(tree).length === 0) {
    mkdirSync(join(mn.directory, dirname(place)), { recursive: true });
    execFileSync('mkfifo', [join(mn.directory, place)]);
  }
  expect(await stat(mn)).toBe(`what stands at /${place} is no boot file`);
});
