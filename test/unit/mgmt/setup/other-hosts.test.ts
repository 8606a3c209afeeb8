import { expect, test } from 'vitest';
import { parseNetwork } from '../../../../mgmt/setup/network.ts';
import { otherHosts } from '../../../../mgmt/setup/other-hosts.ts';

const network = parseNetwork({
  network: '10.77.0.0/24',
  server: ['10.77.0.1'],
  domain: 'c.example',
});
const of = (hosts: string, { hostname = 'mn', networks = [network] } = {}) =>
  otherHosts({ hosts, networks, hostname, isNode: (name) => name === 'n1' }).map(
    ({ address, names }) => `${address} ${names.join(' ')}`,
  );
const own = '10.77.0.1 mn.c.example mn';

test.for([
  ['10.77.0.9 nas', ['10.77.0.9 nas.c.example nas', own]],
  ['10.77.0.9\tnas.x.example nas # disks', ['10.77.0.9 nas.x.example nas.c.example nas', own]],
  ['10.77.0.1 mn.c.example mn head', ['10.77.0.1 mn.c.example head.c.example mn head']],
  ['10.77.0.1 head', ['10.77.0.1 head.c.example head', own]],
  ['127.0.1.1 mn\n127.0.0.1 localhost\n::1 ip6-localhost', [own]],
  ['10.99.0.1 far', [own]],
  ['10.77.0.11 n1 n1.c.example', [own]],
  ['10.77.0.9 nas NAS\n10.77.0.8 nas', ['10.77.0.9 nas.c.example nas', own]],
  ['10.77.0.9 a,b=c\n10.77.0.8 localhost\n10.77.0.7\nrubbish', [own]],
] as const)('%j leads to %j', ([hosts, wanted]) => {
  expect(of(hosts)).toEqual(wanted);
});

test('without a domain names are short, and without a network there are none', () => {
  const bare = parseNetwork({ network: '10.77.0.0/24', server: ['10.77.0.1'] });
  expect(of('10.77.0.9 nas', { networks: [bare] })).toEqual(['10.77.0.9 nas', '10.77.0.1 mn']);
  expect(of('10.77.0.9 nas', { networks: [] })).toEqual([]);
});
