import { describe, expect, test } from 'vitest';
import {
  type Cmdline,
  onfailOf,
  parseCmdline,
  rootServer,
} from '../../../../agent/protocol/cmdline.ts';
import { failure } from '../../../helpers/rows.ts';

const needed = 'NFSROOT=10.0.0.1:/install/compute XCAT=10.0.0.1:3001';

/** What a command line says besides the two words that every node needs. */
function parsed(words: string): Cmdline {
  return parseCmdline(`${needed} ${words}`);
}

describe('5.1 the kernel command line', () => {
  test('with nothing but the needed words has the documented defaults', () => {
    expect(parseCmdline(`BOOT_IMAGE=/vmlinuz ${needed} quiet\n`)).toEqual({
      node: undefined,
      root: { server: '10.0.0.1', directory: '/install/compute/rootimg', options: [] },
      statemnt: undefined,
      mntopts: [],
      xcat: { host: '10.0.0.1', port: 3001 },
      statusPort: 3002,
      bootif: undefined,
      netdev: undefined,
      ip: undefined,
      localdisk: undefined,
      init: '/sbin/init',
      shell: false,
      debug: false,
      reportStatus: true,
      insecure: false,
      onfail: 'shell',
      deadline: 180,
    });
  });

  test('as nodeset writes it', () => {
    const text =
      'root=nfs:10.0.0.1:/install/netboot/rhels9/x86_64/compute/rootimg:ro,soft STATEMNT=10.0.0.9:/state ' +
      'XCAT=10.0.0.1:3001 NODE=cn01 XCATHTTPPORT=80 XCATIPORT=3002 netdev=eth0 console=tty0 ' +
      'console=ttyS0,115200 selinux=0 MNTOPTS=soft,timeo=30 BOOTIF=01-52-54-00-77-00-01';
    expect(parseCmdline(text)).toMatchObject({
      node: 'cn01',
      root: {
        server: '10.0.0.1',
        directory: '/install/netboot/rhels9/x86_64/compute/rootimg',
        options: ['ro', 'soft'],
      },
      statemnt: { server: '10.0.0.9', directory: '/state' },
      mntopts: ['soft', 'timeo=30'],
      netdev: 'eth0',
      bootif: '52:54:00:77:00:01',
    });
  });

  test.for<[string, Partial<Cmdline>]>([
    ['NODE=cn01', { node: 'cn01' }],
    ['STATEMNT=10.0.0.9:/state/', { statemnt: { server: '10.0.0.9', directory: '/state' } }],
    ['STATEMNT=[fd00::9]:/s', { statemnt: { server: '[fd00::9]', directory: '/s' } }],
    ['MNTOPTS=hard,vers=4.1', { mntopts: ['hard', 'vers=4.1'] }],
    ['XCAT=mn', { xcat: { host: 'mn', port: 3001 } }],
    ['XCAT=mn:4001', { xcat: { host: 'mn', port: 4001 } }],
    ['XCAT=[fd00::1]:3001', { xcat: { host: 'fd00::1', port: 3001 } }],
    ['XCAT=[fd00::1]', { xcat: { host: 'fd00::1', port: 3001 } }],
    ['XCATIPORT=4002', { statusPort: 4002 }],
    ['BOOTIF=01-AA-BB-CC-DD-EE-0F', { bootif: 'aa:bb:cc:dd:ee:0f' }],
    ['BOOTIF=aa:bb:cc:dd:ee:0f', { bootif: 'aa:bb:cc:dd:ee:0f' }],
    ['netdev=eth1', { netdev: 'eth1' }],
    ['statelite.localdisk=/dev/vda', { localdisk: '/dev/vda' }],
    ['init=/bin/sh', { init: '/bin/sh' }],
    ['shell', { shell: true }],
    ['debug', { debug: true }],
    ['nonodestatus', { reportStatus: false }],
    ['statelite.insecure', { insecure: true }],
    ['statelite.onfail=reboot', { onfail: 'reboot' }],
    ['statelite.onfail=halt', { onfail: 'halt' }],
    ['statelite.deadline=60', { deadline: 60 }],
  ])('%s', ([word, expected]) => {
    expect(parsed(word)).toMatchObject(expected);
  });

  test.for<[string, Partial<Cmdline>]>([
    ['NODE=', { node: undefined }],
    ['STATEMNT=', { statemnt: undefined }],
    ['MNTOPTS=', { mntopts: [] }],
    ['XCATIPORT=', { statusPort: 3002 }],
    ['BOOTIF=', { bootif: undefined }],
    ['netdev=', { netdev: undefined }],
    ['init=', { init: '/sbin/init' }],
    ['statelite.localdisk=', { localdisk: undefined }],
    ['statelite.onfail=', { onfail: 'shell' }],
  ])('%s without a value is as good as none', ([word, expected]) => {
    expect(parsed(word)).toMatchObject(expected);
  });

  test.for(['myshell', 'shells', 'x.shell', 'shell=no', 'rd.shell', 'Shell'])(
    '%s is not the word shell',
    (word) => {
      expect(parsed(word).shell).toBe(false);
    },
  );

  test('the last of two words counts', () => {
    expect(parsed('NODE=cn01 STATEMNT=mn:/a NODE=cn02 STATEMNT=')).toMatchObject({
      node: 'cn02',
      statemnt: undefined,
    });
  });

  test('double quotes hold blanks together, and are no part of the value', () => {
    const { node, mntopts, shell } = parsed('NODE="cn01" MNTOPTS="soft, timeo=30" foo="a shell b"');
    expect({ node, mntopts, shell }).toEqual({
      node: 'cn01',
      mntopts: ['soft', 'timeo=30'],
      shell: false,
    });
  });
});

describe('the root', () => {
  const xcat = 'XCAT=mn';
  test.for([
    ['NFSROOT=mn:/i', 'mn'],
    ['NFSROOT=[fd00::1]:/i', 'fd00::1'],
    ['imgurl=http://10.0.0.1:8080//i/rootimg-statelite.sfs', '10.0.0.1'],
    ['imgurl=https://[fd00::1]/i/rootimg-statelite.sfs', 'fd00::1'],
  ] as const)('of %s is from %s', ([words, server]) => {
    expect(rootServer(parseCmdline(`${words} ${xcat}`).root)).toBe(server);
  });

  test.for(['1', '512m', '2G', '70%', '100%'])('may take rootlimit=%s', (limit) => {
    const words = `NFSROOT=mn:/i rootlimit=${limit} ${xcat}`;
    expect(parseCmdline(words).rootlimit).toBe(limit.toLowerCase());
  });

  test.for<[string, Cmdline['root']]>([
    ['NFSROOT=mn:/i', { server: 'mn', directory: '/i/rootimg', options: [] }],
    ['NFSROOT=mn:/i,vers=3,nolock', root('mn', '/i/rootimg', 'vers=3', 'nolock')],
    ['NFSROOT=mn:/', root('mn', '/rootimg')],
    ['NFSROOT=[fd00::1]:/i,soft', root('[fd00::1]', '/i/rootimg', 'soft')],
    ['root=nfs:mn:/i/rootimg', root('mn', '/i/rootimg')],
    ['root=nfs:mn:/i/rootimg:ro,nolock', root('mn', '/i/rootimg', 'ro', 'nolock')],
    ['root=nfs4:mn:/i/rootimg:ro', root('mn', '/i/rootimg', 'ro')],
    ['root=nfs:[fd00::1]:/i/rootimg:ro', root('[fd00::1]', '/i/rootimg', 'ro')],
    ['root=/dev/ram0 NFSROOT=mn:/i', root('mn', '/i/rootimg')],
    ['NFSROOT= root=nfs:mn:/i/rootimg', root('mn', '/i/rootimg')],
    [
      'NFSROOT=mn:/i root=nfs:mn:/i imgurl=http://mn:80//i/rootimg-statelite.gz',
      { url: 'http://mn//i/rootimg-statelite.gz', format: 'cpio', compression: 'gzip' },
    ],
  ])('%s', ([words, expected]) => {
    expect(parseCmdline(`${words} ${xcat}`).root).toEqual(expected);
  });

  test.for([
    ['', 'NFSROOT=server:/directory'],
    ['root=/dev/sda1', 'NFSROOT=server:/directory'],
    ['root=nfs:/i/rootimg', 'NFSROOT=server:/directory'],
    ['NFSROOT=/i', 'NFSROOT=/i'],
    ['NFSROOT=mn:i', 'NFSROOT=mn:i'],
    ['NFSROOT=mn:/i/../x', 'NFSROOT=mn:/i/../x'],
    ['NFSROOT=fd00::1:/i', 'NFSROOT=fd00::1:/i'],
    ['NFSROOT=mn:/i,,soft', 'mount options of NFSROOT=,soft'],
    ['root=nfs:mn:rootimg', 'root=mn:rootimg'],
    ['imgurl=nfs://mn/i/rootimg.gz', 'imgurl=nfs://mn/i/rootimg.gz'],
    ['NFSROOT=mn:/i rootlimit=half', 'rootlimit=half'],
    ['NFSROOT=mn:/i rootlimit=0', 'rootlimit=0'],
    ['NFSROOT=mn:/i rootlimit=101%', 'rootlimit=101%'],
    ['NFSROOT=mn:/i rootlimit=1g,uid=7', 'rootlimit=1g,uid=7'],
  ] as const)('"%s" is refused', ([words, named]) => {
    expect(() => parseCmdline(`${words} ${xcat}`)).toThrow(failure('ERR_STATELITE_CMDLINE', named));
  });
});

function root(server: string, directory: string, ...options: string[]): Cmdline['root'] {
  return { server, directory, options };
}

describe('ip=', () => {
  const address = { address: '10.0.0.7', gateway: '', netmask: '255.0.0.0' };
  test.for<[string, Cmdline['ip']]>([
    ['10.0.0.7:::255.0.0.0', { ...address, hostname: '', device: '' }],
    ['10.0.0.7:::255.0.0.0:cn01:eth0:none', { ...address, hostname: 'cn01', device: 'eth0' }],
    [
      '10.0.0.7:10.0.0.1:10.0.0.254:255.0.0.0:::off',
      { ...address, gateway: '10.0.0.254', hostname: '', device: '' },
    ],
  ])('%s is an address', ([text, expected]) => {
    expect(parsed(`ip=${text}`).ip).toEqual(expected);
  });

  test.for(['', 'dhcp', 'on', 'any', 'both', 'auto', 'auto6'])('"%s" leaves it to DHCP', (text) => {
    expect(parsed(`ip=${text}`)).toMatchObject({ ip: undefined, netdev: undefined });
  });

  test.for([
    ['eth1:dhcp', 'eth1'],
    [':::::eth1:dhcp', 'eth1'],
    ['::::cn01:eth1:on', 'eth1'],
  ] as const)('%s is DHCP on %s', ([text, netdev]) => {
    expect(parsed(`ip=${text}`)).toMatchObject({ ip: undefined, netdev });
    expect(parsed(`ip=${text} netdev=eth0`).netdev).toBe('eth0');
  });

  test.for([
    'off',
    '10.0.0.7',
    '10.0.0.7:::24',
    '10.0.0.256:::255.0.0.0',
    '10.0.0.7::gw:255.0.0.0',
  ])('%s is refused', (text) => {
    expect(() => parsed(`ip=${text}`)).toThrow(failure('ERR_STATELITE_CMDLINE', `ip=${text}`));
  });
});

describe('a word that is not usable is named', () => {
  test.for([
    'STATEMNT=/state',
    'STATEMNT=mn:state',
    'STATEMNT=mn:',
    'MNTOPTS=soft,,hard',
    'XCAT=',
    'XCAT=fd00::1:3001',
    'XCAT=mn:port',
    'XCATIPORT=0',
    'XCATIPORT=65536',
    'BOOTIF=01-',
    'BOOTIF=eth0',
    'statelite.onfail=panic',
    'statelite.deadline=0',
    'statelite.deadline=1e3',
    'statelite.deadline=soon',
    'statelite.deadline=86401',
  ])('%s', (word) => {
    const named = word.startsWith('XCAT=mn') ? 'XCAT=' : word;
    expect(() => parsed(word)).toThrow(failure('ERR_STATELITE_CMDLINE', named));
  });

  test('without XCAT there is nobody to ask', () => {
    expect(() => parseCmdline('NFSROOT=mn:/i')).toThrow(failure('ERR_STATELITE_CMDLINE', 'XCAT='));
  });
});

describe('what to do about a command line that cannot be read', () => {
  test.for([
    ['', 'shell'],
    ['XCAT= statelite.onfail=reboot', 'reboot'],
    ['statelite.onfail=reboot statelite.onfail=halt', 'halt'],
    ['statelite.onfail=panic', 'shell'],
    ['statelite.onfail', 'shell'],
    ['xstatelite.onfail=halt', 'shell'],
  ] as const)('"%s": %s', ([text, expected]) => {
    expect(onfailOf(text)).toBe(expected);
  });
});
