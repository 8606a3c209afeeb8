import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { networksIn } from '../../../../mgmt/setup/networks-in.ts';
import { clusterOf } from '../../../helpers/cluster.ts';

const short = hostname().split('.', 1).join();
const served = (dhcpinterfaces: string) => {
  const cluster = clusterOf({
    nodelist: [
      { node: short, groups: 'heads' },
      { node: 'n1', groups: 'all' },
      { node: 'n2', groups: 'bad' },
    ],
    hosts: [{ node: 'n2', ip: '|x|y' }],
    networks: [{ net: '10.77.0.0', mask: '/24', dhcpserver: '10.77.0.1', mgtifname: 'eth9' }],
    site: [
      { key: 'master', value: '10.77.0.1' },
      { key: 'dhcpinterfaces', value: dhcpinterfaces },
    ],
  });
  return networksIn(cluster).networks.map(({ hasDhcp }) => hasDhcp);
};

test.for([
  ['eth8 eth9', true],
  [`${short}|eth9`, true],
  [`${short}.c.example.org|eth9`, !hostname().includes('.')],
  ['10.77.0.1|eth9', true],
  ['heads|eth9', true],
  ['all,heads|eth9', true],
  [`heads,-${short}|eth9`, false],
  ['all|eth9', false],
  ['bad|eth9', false],
  ['/heads/|eth9', false],
  ['nobody|eth9', false],
  ['nobody,heads|eth9', true],
] as const)('site.dhcpinterfaces=%s serves DHCP on eth9: %s', ([text, is]) => {
  expect(served(text)).toEqual([is]);
});
