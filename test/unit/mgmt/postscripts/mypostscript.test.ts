import { describe, expect, test } from 'vitest';
import { mypostscriptOf } from '../../../../mgmt/postscripts/mypostscript.ts';
import { clusterOf, type Given } from '../../../helpers/cluster.ts';
import { failure } from '../../../helpers/rows.ts';

const base: Given = {
  site: [{ key: 'master', value: '10.0.0.1' }],
  nodelist: [{ node: 'n1', groups: 'compute,all' }],
  nodetype: [{ node: 'compute', provmethod: 'img' }],
  osimage: [{ imagename: 'img', osvers: 'debian12', osarch: 'x86_64', profile: 'compute' }],
  linuximage: [{ imagename: 'img', pkgdir: '/install/debian12/x86_64' }],
};

/** The lists of n1, without marks. */
function scriptsOf(given: Given) {
  const lines = mypostscriptOf('n1', clusterOf({ ...base, ...given }));
  const between = (kind: string) =>
    lines.slice(lines.indexOf(`# ${kind}-start-here`) + 1, lines.indexOf(`# ${kind}-end-here`));
  return { post: between('postscripts'), postboot: between('postbootscripts') };
}

function variablesOf(given: Given): Map<string, string> {
  const lines = mypostscriptOf('n1', clusterOf({ ...base, ...given }));
  const set = lines.flatMap((line) => [...line.matchAll(/^(\w+)='?(.*?)'?$/gu)]);
  return new Map(set.map(([, name = '', value = '']): [string, string] => [name, value]));
}

describe('the lists', () => {
  test("are those of every node, of the image and the node's own, in this order", () => {
    const { post, postboot } = scriptsOf({
      osimage: [{ imagename: 'img', postscripts: 'image', postbootscripts: 'late' }],
      postscripts: [
        { node: 'xcatdefaults', postscripts: 'syslog,remoteshell', postbootscripts: 'otherpkgs' },
        { node: 'n1', postscripts: 'own -x' },
      ],
    });
    expect(post).toEqual([
      '# defaults-postscripts-start-here',
      'syslog',
      'remoteshell',
      '# defaults-postscripts-end-here',
      '# osimage-postscripts-start-here',
      'image',
      '# osimage-postscripts-end-here',
      '# node-postscripts-start-here',
      'own -x',
      '# node-postscripts-end-here',
    ]);
    expect(postboot.filter((line) => !line.startsWith('#'))).toEqual(['otherpkgs', 'late']);
  });

  test('name a script once; with other arguments it is another one', () => {
    const { post, postboot } = scriptsOf({
      postscripts: [
        { node: 'xcatdefaults', postscripts: 'a,b', postbootscripts: 'a' },
        { node: 'n1', postscripts: 'b,a x,a "x",c', postbootscripts: 'a' },
      ],
    });
    expect(post.filter((line) => !line.startsWith('#'))).toEqual(['a', 'b', 'a x', 'c']);
    expect(postboot.filter((line) => !line.startsWith('#'))).toEqual(['a']);
  });

  test('of a node are its own row or else that of a group', () => {
    const compute = { node: 'compute', postscripts: 'of-group' };
    const own = { node: 'n1', postscripts: 'of-node' };
    expect(scriptsOf({ postscripts: [compute] }).post).toContain('of-group');
    const { post } = scriptsOf({ postscripts: [compute, own] });
    expect(post.filter((line) => !line.startsWith('#'))).toEqual(['of-node']);
  });

  test('of all groups count where site.hierarchicalattrs says so', () => {
    const { post } = scriptsOf({
      site: [
        { key: 'master', value: '10.0.0.1' },
        { key: 'hierarchicalattrs', value: 'postscripts' },
      ],
      postscripts: [
        { node: 'n1', postscripts: 'own' },
        { node: 'all', postscripts: 'common,own' },
        { node: 'compute', postscripts: 'group' },
      ],
    });
    expect(post.filter((line) => !line.startsWith('#'))).toEqual(['own', 'group', 'common']);
  });

  test('that would run something else are refused, and the row is named', () => {
    const postscripts = [{ node: 'xcatdefaults', postscripts: 'a;reboot' }];
    expect(() => scriptsOf({ postscripts })).toThrow(
      failure('ERR_STATELITE_TABLE', 'xcatdefaults', 'a;reboot'),
    );
  });
});

describe('the environment', () => {
  test('says what the node is and what it runs', () => {
    const variables = variablesOf({
      hosts: [{ node: 'n1', ip: '10.0.0.11' }],
      mac: [{ node: 'n1', mac: 'aa:bb:cc:dd:ee:01!n1|aa:bb:cc:dd:ee:02' }],
      networks: [{ net: '10.0.0.0', mask: '255.255.255.0', gateway: '<xcatmaster>', netname: 'a' }],
      noderes: [{ node: 'all', installnic: 'eth0', primarynic: 'eth1' }],
    });
    expect(Object.fromEntries(variables)).toMatchObject({
      NODE: 'n1',
      IPADDR: '10.0.0.11',
      GROUP: 'compute,all',
      MASTER: '10.0.0.1',
      MASTER_IP: '10.0.0.1',
      NFSSERVER: '10.0.0.1',
      INSTALLNIC: 'eth0',
      PRIMARYNIC: 'eth1',
      OSVER: 'debian12',
      ARCH: 'x86_64',
      PROFILE: 'compute',
      PROVMETHOD: 'img',
      OSPKGDIR: '/install/debian12/x86_64',
      NODESETSTATE: 'statelite',
      UPDATENODE: '0',
      NTYPE: 'compute',
      MACADDRESS: 'aa:bb:cc:dd:ee:01',
      ENABLESSHBETWEENNODES: 'YES',
      NETMASK: '255.255.255.0',
      GATEWAY: '10.0.0.1',
      NETWORKS_LINES: '1',
      HTTPPORT: '80',
      XCATDPORT: '3001',
    });
    expect(variables.get('NETWORKS_LINE1')).toMatch(
      /^netname=a\|\|net=10\.0\.0\.0\|\|mask=255\.255\.255\.0\|\|.*\|\|disable=\|\|comments=$/u,
    );
  });

  test('is quoted where a shell needs it; others read lines as they are', () => {
    const site = [
      { key: 'master', value: '10.0.0.1' },
      { key: 'domain', value: "it's; $(reboot)\n`x`" },
    ];
    const lines = mypostscriptOf('n1', clusterOf({ ...base, site }));
    expect(lines).toContain('MASTER=10.0.0.1');
    expect(lines).toContain('UPDATENODE=0');
    expect(lines).toContain("SYSLOG=''");
    expect(lines).toContain(String.raw`DOMAIN='it'\''s; $(reboot) ${'`x`'}'`);
  });

  test('has the routes of the node', () => {
    const variables = variablesOf({
      noderes: [{ node: 'n1', routenames: 'storage,none,a-b' }],
      routes: [
        { routename: 'storage', net: '10.9.0.0', mask: '255.255.0.0', gateway: '10.0.0.9' },
        { routename: 'a-b', net: '10.8.0.0', mask: '255.255.0.0' },
      ],
    });
    expect(variables.get('NODEROUTENAMES')).toBe('storage,none,a-b');
    const routes = [...variables].filter(([name]) => name.startsWith('ROUTE_'));
    expect(routes).toEqual([['ROUTE_storage', '10.9.0.0,255.255.0.0,10.0.0.9,']]);
  });

  test('has every site row in capitals; the master of the node goes before that of the site', () => {
    const variables = variablesOf({
      site: [
        { key: 'master', value: '10.0.0.1' },
        { key: 'nameservers', value: '10.0.0.1' },
        { key: 'cleanupxcatpost', value: 'yes' },
      ],
      noderes: [{ node: 'n1', xcatmaster: '10.0.0.9', nameservers: '10.0.0.9' }],
    });
    expect(Object.fromEntries(variables)).toMatchObject({
      SITEMASTER: '10.0.0.1',
      MASTER: '10.0.0.9',
      NAMESERVERS: '10.0.0.9',
      CLEANUPXCATPOST: 'yes',
    });
  });

  test.for([
    'path',
    'ld_preload',
    'ifs',
    'bash_env',
    'optind',
    'tmout',
    'openssl_conf',
    'a b',
    'a;b',
    '1x',
    'dbpassword',
  ])('has no site key %s', (key) => {
    const site = [
      { key: 'master', value: '10.0.0.1' },
      { key, value: 'x' },
    ];
    const lines = mypostscriptOf('n1', clusterOf({ ...base, site }));
    expect(lines.filter((line) => line.toLowerCase().startsWith(key))).toEqual([]);
  });

  test('has the variables of the image, but none that the runner needs', () => {
    const environvar = 'SITE=a=b,http_proxy=http://p:1,PATH=/tmp,failed=,novalue';
    const variables = variablesOf({ osimage: [{ imagename: 'img', environvar }] });
    expect(variables.get('SITE')).toBe('a=b');
    expect(variables.get('http_proxy')).toBe('http://p:1');
    expect(['PATH', 'failed', 'novalue'].filter((name) => variables.has(name))).toEqual([]);
  });

  test.for([
    ['ALLGROUPS', 'YES'],
    ['compute', 'YES'],
    ['service', 'NO'],
    ['NOGROUPS', 'NO'],
  ])('lets nodes log in to one another for sshbetweennodes=%s: %s', ([value = '', expected]) => {
    const site = [
      { key: 'master', value: 'mn' },
      { key: 'sshbetweennodes', value },
    ];
    expect(variablesOf({ site }).get('ENABLESSHBETWEENNODES')).toBe(expected);
  });

  test('is of no use without a master, which clients look for', () => {
    expect(() => mypostscriptOf('n1', clusterOf({ ...base, site: [] }))).toThrow(
      failure('ERR_STATELITE_TABLE', 'nobody is the master of n1'),
    );
  });
});
