import { expect, test } from 'vitest';
import { renderDnsmasq } from '../../../../mgmt/setup/dnsmasq.ts';
import { type NetworkOptions, parseNetwork } from '../../../../mgmt/setup/network.ts';

const render = (options: Partial<NetworkOptions> = {}) =>
  renderDnsmasq({
    network: parseNetwork({ network: '10.77.0.0/24', server: ['10.77.0.1'], ...options }),
    hosts: [
      { node: 'n1', mac: '52:54:00:77:00:01', ip: '10.77.0.11', loader: 'xnba' },
      { node: 'n2', mac: '52:54:00:77:00:02', ip: '10.77.0.12', loader: 'pxe' },
    ],
    tftpdir: '/tftpboot',
    leases: '/var/lib/statelite/dnsmasq.leases',
    script: 'http://10.77.0.1/tftpboot/boot.ipxe',
  });

const settings = (text: string) =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('the configuration of a network, everything given', () => {
  const text = render({
    interface: 'br0',
    range: '10.77.0.50-10.77.0.150',
    domain: 'cluster.example',
    gateway: '10.77.0.254',
    nameserver: ['10.77.0.2', '9.9.9.9'],
    network6: 'fd77::/64',
  });
  expect(settings(text)).toEqual([
    'port=0',
    'interface=br0',
    'except-interface=lo',
    'bind-interfaces',
    'dhcp-range=10.77.0.50,10.77.0.150,255.255.255.0,12h',
    'dhcp-authoritative',
    'no-ping',
    'dhcp-leasefile=/var/lib/statelite/dnsmasq.leases',
    'domain=cluster.example',
    'dhcp-option=option:router,10.77.0.254',
    'dhcp-option=option:dns-server,10.77.0.2,9.9.9.9',
    'enable-ra',
    'dhcp-range=fd77::,ra-only,64,1h',
    'enable-tftp',
    'tftp-root=/tftpboot',
    'dhcp-match=set:bios,option:client-arch,0',
    'dhcp-match=set:efi64,option:client-arch,7',
    'dhcp-match=set:efi64,option:client-arch,9',
    'dhcp-match=set:ipxe,175',
    'dhcp-boot=tag:pxe,tag:bios,pxelinux.0',
    'dhcp-boot=tag:!pxe,tag:bios,tag:!ipxe,undionly.kpxe',
    'dhcp-boot=tag:!pxe,tag:bios,tag:ipxe,http://10.77.0.1/tftpboot/boot.ipxe',
    'dhcp-boot=tag:efi64,tag:!ipxe,snponly.efi',
    'dhcp-boot=tag:efi64,tag:ipxe,http://10.77.0.1/tftpboot/boot.ipxe',
    'dhcp-host=52:54:00:77:00:01,10.77.0.11,n1',
    'dhcp-host=52:54:00:77:00:02,set:pxe,10.77.0.12,n2',
  ]);
});

test('without options only known machines are answered, on the address of the server', () => {
  const text = settings(render());
  expect(text).toContain('listen-address=10.77.0.1');
  expect(text).toContain('dhcp-range=10.77.0.0,static,255.255.255.0,12h');
  expect(text).toContain('dhcp-option=option:router');
  expect(text.filter((line) => /^(interface|domain|enable-ra)/.test(line))).toEqual([]);
});
