import { expect, test } from 'vitest';
import { liteImageName } from '../../../../../mgmt/image/pack/image-place.ts';
import { clusterOf } from '../../../../helpers/cluster.ts';

const parts = { osvers: 'rhels5.3', osarch: 'x86_64', profile: 'compute' };
const images = (...names: string[]) =>
  clusterOf({ osimage: names.map((imagename) => ({ imagename, ...parts })) });

const short = 'rhels5.3-x86_64-compute';
const long = 'rhels5.3-x86_64-statelite-compute';

test.for([
  [short, [long], long],
  [short, ['rhels5.3-x86_64-netboot-compute', long], long],
  [short, [long, short], short],
  [long, [long], long],
  [short, ['rhels5.3-x86_64-netboot-compute', 'mine'], short],
  ['rhels5.3-x86_64-login', [long], 'rhels5.3-x86_64-login'],
] as const)('%s, of %j, means %s', ([name, names, meant]) => {
  expect(liteImageName(name, images(...names))).toBe(meant);
});
