import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { DhcpAsk, DhcpOffer } from '../../../helpers/dhcp-client.ts';
import type { DhcpAct, DhcpSaid } from '../../../helpers/dhcp-runner.ts';
import { runAs } from '../../../helpers/sandbox.ts';

/** Plays acts in a network of its own, with real servers; what each of them said. */
async function play(acts: readonly DhcpAct[]): Promise<DhcpSaid[]> {
  const { out, err } = await runAs('pid 1', 'dhcp-runner.ts', acts);
  if (out === '') throw new Error(err);
  return JSON.parse(out);
}

const offersIn = (said: readonly DhcpSaid[]): (DhcpOffer | null)[] =>
  said.filter((one) => typeof one !== 'string');

const mac = (node: number) => `52:54:00:77:00:0${node}`;
const node = (number: number, ...more: string[]): DhcpAct => ({
  run: [
    'nodeadd',
    `n${number}`,
    'groups=all',
    `hosts.ip=10.77.0.1${number}`,
    `mac.mac=${mac(number)}`,
    ...more,
  ],
});
const setup: DhcpAct = {
  run: [
    'setup --network 10.77.0.0/24 --server 10.77.0.1 --interface dh0 --domain c.example'.split(' '),
  ].flat(),
};
const bios = { arch: 0, vendor: 'PXEClient:Arch:00000:UNDI:002001' };
const efi = { arch: 7, vendor: 'PXEClient:Arch:00007:UNDI:003001' };

describe.each(['dnsmasq', 'kea'] as const)('%s', (server) => {
  const site: DhcpAct[] = [
    { run: ['chtab', 'key=dhcpbackend', `site.value=${server}`] },
    node(1),
    node(2, 'noderes.netboot=pxe'),
    node(3, 'noderes.netboot=grub2'),
    node(4, 'noderes.netboot=petitboot'),
    {
      run: [
        'chtab',
        'net=10.77.0.0,mask=255.255.255.0',
        'networks.mtu=1400',
        'networks.ntpservers=<xcatmaster>,9.9.9.9',
      ],
    },
    setup,
    { start: server },
  ];

  // One play: a network with its servers takes seconds to make.
  test('each machine is told the program that it can start, by firmware and loader', async () => {
    const http = { arch: 16, vendor: 'HTTPClient:Arch:00016:UNDI:003001' };
    const url = 'http://10.77.0.1/tftpboot';
    const wanted: [DhcpAsk, string][] = [
      [{ mac: mac(1), ...bios }, 'undionly.kpxe'],
      [{ mac: mac(1), ...bios, ipxe: true }, `${url}/boot.ipxe`],
      [{ mac: mac(2), ...bios }, 'pxelinux.0'],
      [{ mac: mac(1), ...efi }, 'snponly.efi'],
      [{ mac: mac(1), ...efi, arch: 9, ipxe: true }, `${url}/boot.ipxe`],
      [{ mac: mac(2), ...efi }, 'snponly.efi'],
      [{ mac: mac(3), ...efi }, 'boot/grub2/grub2.x86_64'],
      [{ mac: mac(1), arch: 11, vendor: 'PXEClient:Arch:00011' }, 'boot/grub2/grub2.aarch64'],
      [{ mac: mac(1), arch: 12 }, 'boot/grub2/grub2.ppc64le'],
      [{ mac: mac(1) }, ''],
      [{ mac: mac(1), ...http }, `${url}/snponly.efi`],
      [{ mac: mac(3), ...http }, `${url}/boot/grub2/grub2.x86_64.efi`],
      [{ mac: mac(1), ...http, arch: 19 }, `${url}/boot/grub2/grub2.aarch64.efi`],
      [{ mac: mac(4), arch: 14 }, ''],
    ];
    const offers = offersIn(await play([...site, ...wanted.map(([ask]) => ({ ask }))]));
    expect(offers.map((offer) => offer?.file)).toEqual(wanted.map(([, file]) => file));
    expect(offers[0]).toMatchObject({
      address: '10.77.0.11',
      nextServer: '10.77.0.1',
      name: expect.stringMatching(/^n1(?:\.|$)/),
      domain: 'c.example',
      mtu: 1400,
      ntp: ['10.77.0.1', '9.9.9.9'],
    });
    expect(offers.filter((offer) => offer?.router !== undefined)).toEqual([]);
    const web = wanted.map(([{ vendor = '' }]) => vendor.startsWith('HTTPClient'));
    expect(offers.map((offer) => offer?.vendor === 'HTTPClient')).toEqual(web);
    const petitboot = 'http://10.77.0.1/tftpboot/petitboot/n4';
    expect(offers.flatMap((offer) => offer?.configuration ?? [])).toEqual([petitboot]);
  });

  test.for([
    ['dh0,dh2', '10.77.0.11'],
    ['dh2', undefined],
  ] as const)('with site.dhcpinterfaces=%s, a node on dh0 gets %s', async ([nics, address]) => {
    const said = await play([
      { nic: 'dh2', address: '10.78.0.1/24' },
      { run: ['chtab', 'net=10.78.0.0,mask=255.255.255.0', 'networks.mgtifname=dh2'] },
      { run: ['chtab', 'key=dhcpinterfaces', `site.value=${nics}`] },
      ...site,
      { ask: { mac: mac(1), ...bios } },
    ]);
    expect(offersIn(said).map((offer) => offer?.address)).toEqual([address]);
    const printed = said.filter((one) => typeof one === 'string').join('\n');
    const warned = printed.includes('no DHCP is served in 10.77.0.0/24');
    expect(warned).toBe(address === undefined);
  });

  test('an address with a label is one of its NIC, and strangers get addresses of all ranges', async () => {
    const dynamicrange = '10.77.0.11,10.77.0.11;10.77.0.110 10.77.0.110';
    const network = ['net=10.77.0.0,mask=255.255.255.0', `networks.dynamicrange=${dynamicrange}`];
    const said = await play([
      { label: 'dh0:0' },
      { run: ['chtab', 'key=dhcpbackend', `site.value=${server}`] },
      { run: ['chtab', 'key=dhcpinterfaces', 'site.value=dh0'] },
      { run: ['chtab', ...network] },
      node(1),
      { run: ['setup', '--network', '10.77.0.0/24', '--server', '10.77.0.1'] },
      { start: server },
      { ask: { mac: mac(1), ...bios } },
      { ask: { mac: mac(9) } },
    ]);
    const addresses = offersIn(said).map((offer) => offer?.address);
    expect(addresses).toEqual(['10.77.0.11', '10.77.0.110']);
  });

  test('names that are other words to dnsmasq are names all the same', async () => {
    const names = ['101', '12h', 'infinite', 'ignore'];
    const hosts = names.map((name, index) => ({ name, number: index + 5 }));
    const said = await play([
      ...site,
      { run: ['nodeadd', names.join(), 'groups=all', 'noderes.netboot=petitboot'] },
      ...hosts.map(({ name, number }): DhcpAct => ({
        run: ['nodech', name, `hosts.ip=10.77.0.1${number}`, `mac.mac=${mac(number)}`],
      })),
      { run: ['makedhcp', '-a'] },
      ...hosts.map(({ number }): DhcpAct => ({ ask: { mac: mac(number), arch: 14 } })),
      { run: ['makedhcp', '-q', 'ignore'] },
    ]);
    const offers = offersIn(said);
    expect(offers.map((offer) => offer?.name?.split('.', 1).join())).toEqual(names);
    expect(offers.map((offer) => [offer?.address, offer?.configuration])).toEqual(
      hosts.map(({ name, number }) => [
        `10.77.0.1${number}`,
        `http://10.77.0.1/tftpboot/petitboot/${name}`,
      ]),
    );
    expect(said.at(-1)).toContain('ignore: ip-address = 10.77.0.18');
  });

  test('the running server follows makedhcp and noderm, and answers no stranger', async () => {
    const ask: DhcpAct = { ask: { mac: mac(5), ...bios } };
    const said = await play([
      ...site,
      ask,
      node(5),
      ask,
      { run: ['makedhcp', 'n5'] },
      ask,
      { run: ['makedhcp', '-d', 'n5'] },
      ask,
      { run: ['makedhcp', '-a'] },
      ask,
      { run: ['noderm', 'n5'] },
      ask,
    ]);
    expect(offersIn(said).map((offer) => offer?.address)).toEqual([
      undefined,
      undefined,
      '10.77.0.15',
      undefined,
      '10.77.0.15',
      undefined,
    ]);
  });
});

test('makedhcp says when dnsmasq is to be restarted, which is the TFTP server beside Kea', async () => {
  const said = await play([
    setup,
    { start: 'dnsmasq' },
    { run: ['chtab', 'key=dhcpbackend', 'site.value=kea'] },
    { run: ['makedhcp', '-n'] },
    { run: ['makedhcp', '-n'] },
  ]);
  expect(said.at(-2)).toMatch(/restart dnsmasq \(pid \d+\)/);
  expect(said.at(-1)).not.toContain('restart');
});

test('after makedns, dnsmasq answers for nodes and their neighbours both ways, and follows further names', async () => {
  const said = await play([
    node(1),
    setup,
    { hosts: '127.0.1.1 mn\n10.77.0.9 nas # no node\n10.99.0.1 far\n' },
    { run: ['makedns'] },
    { start: 'dnsmasq' },
    { resolve: 'n1.c.example' },
    { resolve: '10.77.0.11' },
    node(2),
    { run: ['makedns', 'n2'] },
    { resolve: 'n2' },
    { resolve: 'nas.c.example' },
    { resolve: '10.77.0.9' },
    { resolve: `${hostname().split('.', 1).join()}.c.example` },
  ]);
  expect(said.slice(5, 7)).toEqual([
    expect.stringMatching(/^10\.77\.0\.11\s+n1\.c\.example/),
    expect.stringMatching(/^10\.77\.0\.11\s+n1/),
  ]);
  expect(said.slice(9)).toEqual([
    expect.stringMatching(/^10\.77\.0\.12\s+n2/),
    expect.stringMatching(/^10\.77\.0\.9\s+nas/),
    expect.stringMatching(/^10\.77\.0\.9\s+nas\.c\.example/),
    expect.stringMatching(/^10\.77\.0\.1\s/),
  ]);
});

test("in DNS nodes keep their names and addresses against stock's lines of /etc/hosts", async () => {
  const long = 'x'.repeat(64);
  const short = hostname().split('.', 1).join();
  const said = await play([
    node(1, 'hosts.hostnames=login'),
    // As stock's xcatconfig -m leaves it.
    { run: ['nodeadd', short, 'groups=__mgmtnode'] },
    setup,
    {
      hosts: `10.77.0.11 login n1 n1.c.example door\n10.77.0.12 login\n10.77.0.9 ${long} nas\n10.77.0.8 7 ghost\n`,
    },
    { run: ['makedns'] },
    { start: 'dnsmasq' },
    { resolve: '10.77.0.11' },
    { resolve: 'login' },
    { resolve: 'nas.c.example' },
    { resolve: `${short}.c.example` },
    { resolve: 'ghost' },
    { resolve: '10.77.0.1' },
    { resolve: '10.77.0.8' },
  ]);
  expect(said.slice(6)).toEqual([
    expect.stringMatching(/^10\.77\.0\.11\s+n1\.c\.example/),
    expect.stringMatching(/^10\.77\.0\.11\s/),
    expect.stringMatching(/^10\.77\.0\.9\s/),
    expect.stringMatching(/^10\.77\.0\.1\s/),
    expect.stringMatching(/^10\.77\.0\.8\s/),
    expect.stringMatching(`^10\\.77\\.0\\.1\\s+${short}\\.c\\.example`),
    expect.stringMatching(/^10\.77\.0\.8\s+7\.c\.example/),
  ]);
});
