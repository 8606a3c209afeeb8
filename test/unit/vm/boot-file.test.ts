import { expect, test } from 'vitest';
import { parseScript } from '../../../vm/boot-file.ts';

const script = `#!gpxe
#statelite debian12-x86_64-compute
imgfetch -n kernel http://\${next-server}/tftpboot/xcat/osimage/img/kernel
imgload kernel
imgargs kernel initrd=initrd NFSROOT=10.0.0.1:/img NODE=n1 BOOTIF=01-\${netX/mac:hexhyp}
imgfetch -n initrd http://\${next-server}/tftpboot/xcat/osimage/img/initrd-statelite.gz
imgexec kernel
`;

test('a boot script tells kernel, initramfs and command line, with the MAC filled in', () => {
  expect(parseScript(script, '/t', '52:54:00:77:00:01')).toEqual({
    kernel: '/t/xcat/osimage/img/kernel',
    initrd: '/t/xcat/osimage/img/initrd-statelite.gz',
    append: 'initrd=initrd NFSROOT=10.0.0.1:/img NODE=n1 BOOTIF=01-52-54-00-77-00-01',
  });
});

test('a script that boots from the disk has no kernel to hand over', () => {
  expect(() => parseScript('#!gpxe\n#boot\nexit\n', '/t', '52:54:00:77:00:01')).toThrow(
    'no /imgfetch -n kernel',
  );
});
