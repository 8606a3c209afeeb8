import { expect, test } from 'vitest';
import {
  type BootEntry,
  renderIpxe,
  renderIpxeLocal,
} from '../../../../../mgmt/bootfiles/render/ipxe.ts';
import {
  renderPxelinux,
  renderPxelinuxLocal,
} from '../../../../../mgmt/bootfiles/render/pxelinux.ts';

const entry: BootEntry = {
  state: 'statelite rhels8.4-x86_64-rhcompute',
  image: 'rhcompute',
  kernelArguments: ['root=nfs:10.99.0.1:/i/rootimg:ro', 'STATEMNT=', 'MNTOPTS='],
  httpPort: 80,
};

// Recorded from stock xCAT 2.19, its command line shortened.
const stockIpxe = `#!gpxe
#statelite rhels8.4-x86_64-rhcompute
imgfetch -n kernel http://\${next-server}/tftpboot/xcat/osimage/rhcompute/kernel
imgload kernel
imgargs kernel root=nfs:10.99.0.1:/i/rootimg:ro STATEMNT= MNTOPTS= BOOTIF=01-\${netX/mac:hexhyp}
imgfetch -n initrd http://\${next-server}/tftpboot/xcat/osimage/rhcompute/initrd-statelite.gz
imgexec kernel
`;
const stockPxelinux = `#statelite rhels8.4-x86_64-rhcompute
DEFAULT xCAT
LABEL xCAT
 KERNEL xcat/osimage/rhcompute/kernel
 APPEND initrd=xcat/osimage/rhcompute/initrd-statelite.gz root=nfs:10.99.0.1:/i/rootimg:ro STATEMNT= MNTOPTS=
  IPAPPEND 2
`;

test("the iPXE script is stock xCAT's, but for the word that UEFI needs", () => {
  expect(renderIpxe(entry).replace('kernel initrd=initrd root', 'kernel root')).toBe(stockIpxe);
});

test("the pxelinux configuration is stock xCAT's", () => {
  expect(renderPxelinux(entry)).toBe(stockPxelinux);
});

test('URLs name the port if it is not 80', () => {
  expect(renderIpxe({ ...entry, httpPort: 8080 })).toContain(
    'http://${next-server}:8080/tftpboot/xcat/osimage/rhcompute/kernel\n',
  );
});

test('what iPXE would take for a variable is refused', () => {
  expect(() => renderIpxe({ ...entry, kernelArguments: ['a=${b}'] })).toThrow(/for a variable/);
});

test('a node that boots from disk is told so in the words of its loader', () => {
  expect(renderIpxeLocal()).toBe('#!gpxe\n#boot\nexit\n');
  expect(renderPxelinuxLocal('offline')).toBe('#offline\nDEFAULT xCAT\nLABEL xCAT\n LOCALBOOT 0\n');
});
