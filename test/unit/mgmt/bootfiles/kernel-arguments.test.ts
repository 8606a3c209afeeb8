import { describe, expect, test } from 'vitest';
import { parseCmdline } from '../../../../agent/protocol/cmdline.ts';
import { kernelArguments, type KernelValues } from '../../../../mgmt/bootfiles/kernel-arguments.ts';
import { plain, value } from './kernel-values.ts';

const line = (values: Partial<KernelValues>) => kernelArguments({ ...plain, ...values }).join(' ');

describe('the kernel command line', () => {
  test('of a Debian node has NFSROOT, and STATEMNT and MNTOPTS also when they are empty', () => {
    expect(line({})).toBe(
      'NFSROOT=10.99.0.1:/install/netboot/debian12/x86_64/compute STATEMNT= XCAT=10.99.0.1:3001 ' +
        'NODE=n1 XCATHTTPPORT=80 XCATIPORT=3002 MNTOPTS=',
    );
  });

  test('of an EL node has the words of stock xCAT in its order, and XCATIPORT', () => {
    const stock =
      'root=nfs:10.99.0.1:/install/netboot/rhcompute/rootimg:ro STATEMNT=10.99.0.1:/lite/state/rhcompute ' +
      'XCAT=10.99.0.1:3001 NODE=n1 XCATHTTPPORT=80  console=tty0 console=ttyS0,115200 selinux=0  MNTOPTS=';
    const ours = line({
      os: 'rhels8.4',
      imageDirectory: value('/install/netboot/rhcompute'),
      statemnt: value('10.99.0.1:/lite/state/rhcompute'),
      serialport: value('0'),
      serialspeed: value('115200'),
    });
    // QUIRK-29 adds XCATIPORT; stock has double blanks where an optional word is missing.
    expect(ours.replace(' XCATIPORT=3002', '')).toBe(stock.replaceAll('  ', ' '));
  });

  test.for([
    ['rhels8.4', 'PARTITION_RH'],
    ['SL7.9', 'PARTITION_RH'],
    ['sles15.5', 'PARTITION_SLES'],
    ['debian12', 'PARTITION'],
  ] as const)('of %s tells a node to divide its disk by %s', ([os, word]) => {
    const words = kernelArguments({ ...plain, os, partitions: true, dump: value('d') });
    expect(words.indexOf(word)).toBe(words.indexOf('dump=d') + 1);
    expect(words.at(-1)).toBe('MNTOPTS=');
  });

  test('of a RAM-disk image has imgurl= in place of the root, with the double slash of stock', () => {
    const packed = value('/install/netboot/a/rootimg-statelite.gz');
    const words = 'imgurl=http://10.99.0.1:80//install/netboot/a/rootimg-statelite.gz STATEMNT= ';
    expect(line({ packed })).toContain(words);
    expect(line({ packed, os: 'rhels8.4', nfsrootopts: value('noac') })).toContain(words);
    expect(line({ packed, master: value('fd00::1') })).toMatch(
      /^imgurl=http:\/\/\[fd00::1\]:80\//u,
    );
    const odd = value('/a#b%/rootimg-statelite.sfs');
    const { root } = parseCmdline(line({ packed: odd }));
    expect(root).toMatchObject({ url: 'http://10.99.0.1//a%23b%25/rootimg-statelite.sfs' });
    expect(() => line({ packed: value('/a b/rootimg-statelite.sfs') })).toThrow('holds a blank');
  });

  test('asks for a dump by firmware as the kernels of POWER have it', () => {
    const power = { arch: 'ppc64le', dump: value('fadump:nfs://10.0.0.9/dump') };
    expect(line(power)).toContain(' fadump=on dump=nfs://10.0.0.9/dump MNTOPTS=');
    expect(line({ ...power, crashkernelsize: value('1G') })).toContain('fadump=on crashkernel=1G ');
    expect(line({ ...power, dump: value('d') })).toContain('crashkernel=256M@64M dump=d');
  });

  test('has every optional word in its place', () => {
    const words = kernelArguments({
      ...plain,
      nfsrootopts: value('noac,RO,ro,vers=4.2'),
      statemnt: value('10.0.0.9:/state'),
      mntopts: value('soft'),
      nodestatus: 'N',
      debugmode: '1',
      installnic: value('eth0'),
      serialport: value('1'),
      serialspeed: value('9600'),
      serialflow: value('hard'),
      dump: value('nfs://10.0.0.9/dump'),
      added: [value('quiet  R::installed'), value('statelite.onfail=reboot')],
    });
    expect(words.join(' ')).toBe(
      'NFSROOT=10.99.0.1:/install/netboot/debian12/x86_64/compute,noac,vers=4.2 ' +
        'STATEMNT=10.0.0.9:/state XCAT=10.99.0.1:3001 NODE=n1 nonodestatus XCATHTTPPORT=80 ' +
        'XCATIPORT=3002 LOGSERVER=10.99.0.1 syslog.server=10.99.0.1 syslog.type=rsyslogd ' +
        'syslog.filter=*.* xcatdebugmode=1 netdev=eth0 console=tty0 console=ttyS1,9600n8r ' +
        'crashkernel=128M dump=nfs://10.0.0.9/dump MNTOPTS=soft quiet statelite.onfail=reboot',
    );
  });

  test.for([
    ['rhels5.3', 'NFSROOT='],
    ['rhels6.9', 'root=nfs:'],
    ['centos-stream9', 'root=nfs:'],
    ['rocky10.1', 'root=nfs:'],
    ['sles11.1', 'NFSROOT='],
    ['sles15.5', 'root=nfs:'],
    ['ubuntu22.04', 'NFSROOT='],
  ] as const)('%s names its root by %s', ([os, word]) => {
    expect(line({ os })).toMatch(new RegExp(`^${word}`));
  });

  test.for([
    ['centos7.9', true],
    ['rhels10.0', true],
    ['alma9', true],
    ['SL7', true],
    ['fedora13', true],
    ['rhels6.9', false],
    ['fedora14', false],
    ['debian12', false],
  ] as const)('SELinux is off on %s: %s', ([os, off]) => {
    expect(line({ os }).includes('selinux=0')).toBe(off);
  });

  test('is what the agent reads back, also with IPv6 servers', () => {
    const cmdline = parseCmdline(
      line({
        imageServer: value('fd77::1'),
        master: value('fd77::1'),
        nfsrootopts: value('noac'),
        statemnt: value('[fd77::2]:/state'),
        mntopts: value('soft,timeo=30'),
        ports: { xcatd: 13001, xcati: 13002, http: 80 },
      }),
    );
    expect(cmdline).toMatchObject({
      node: 'n1',
      root: { directory: '/install/netboot/debian12/x86_64/compute/rootimg', options: ['noac'] },
      statemnt: { directory: '/state' },
      mntopts: ['soft', 'timeo=30'],
      xcat: { host: 'fd77::1', port: 13001 },
      statusPort: 13002,
    });
  });
});

describe('refused, with row and column', () => {
  test.for([
    [
      'a blank in a value',
      { statemnt: value('10.0.0.9:/my state', 'statemnt') },
      /statemnt .*holds a blank/,
    ],
    [
      'a line break',
      { mntopts: value('soft\nroot=nfs:x', 'mntopts') },
      /mntopts holds a control character/,
    ],
    ['a quote', { imageDirectory: value('/x"y', 'nfsdir') }, /nfsdir .*blank or a quote/],
    [
      'a writable root',
      { nfsrootopts: value('noac,RW', 'nfsrootopts') },
      /nfsrootopts cannot contain 'RW'/,
    ],
    [
      'NFS defaults',
      { nfsrootopts: value('defaults', 'nfsrootopts') },
      /cannot contain 'defaults'/,
    ],
    [
      'an empty NFS option',
      { nfsrootopts: value('noac,', 'nfsrootopts') },
      /has a blank or an empty option/,
    ],
    [
      'a directory that is not absolute',
      { imageDirectory: value('images/a', 'nfsdir') },
      /nfsdir "images\/a" is no absolute path/,
    ],
    [
      'a dump by firmware on machines without it',
      { dump: value('fadump:nfs://10.0.0.9/dump', 'dump') },
      /dump is fadump:.*only POWER has/,
    ],
    ['more than a kernel takes', { added: [value('x'.repeat(2000))] }, /take 2041/],
    [
      'what is too long with the words of the boot loader',
      { added: [value('x'.repeat(1800))], loaderWords: ['y'.repeat(200)] },
      / up to 1\d\d bytes too long: with what the boot loader adds, kernels take 2041$/,
    ],
    [
      'what the agent would stop at',
      { added: [value('statelite.onfail=no')] },
      /nodes would refuse their kernel command line: statelite/,
    ],
    ['mount options that are none', { mntopts: value('soft,,') }, /would refuse .*MNTOPTS=soft/],
    ['the name of another node', { added: [value('NODE=n2')] }, /says NODE=n2/],
  ] as const)('%s', ([, values, message]) => {
    expect(() => line(values)).toThrow(message);
    expect(() => line(values)).toThrow(
      expect.objectContaining({ code: 'ERR_STATELITE_BOOTFILE', hint: expect.any(String) }),
    );
  });

  test('but blanks in a list of mount options are left out', () => {
    expect(line({ mntopts: value(' soft, timeo=30') })).toContain('MNTOPTS=soft,timeo=30');
  });

  test('but a command line that just fits is not', () => {
    const free = 2041 - line({}).length;
    expect(line({ added: [value('x'.repeat(free - 1))] })).toHaveLength(2041);
    expect(() => line({ added: [value('x'.repeat(free))] })).toThrow('too long');
    // Bytes count, not characters.
    expect(() => line({ added: [value('é'.repeat(free / 2 + 1))] })).toThrow('too long');
  });
});
