import { describe, expect, test } from 'vitest';
import type { BootEntry } from '../../../../../mgmt/bootfiles/render/entry.ts';
import { renderGrub2, renderGrub2Local } from '../../../../../mgmt/bootfiles/render/grub2.ts';
import { renderIpxe, renderIpxeLocal } from '../../../../../mgmt/bootfiles/render/ipxe.ts';
import {
  renderPetitboot,
  renderPetitbootLocal,
} from '../../../../../mgmt/bootfiles/render/petitboot.ts';
import { renderPxelinuxLocal } from '../../../../../mgmt/bootfiles/render/pxelinux.ts';
import { renderYaboot, renderYabootLocal } from '../../../../../mgmt/bootfiles/render/yaboot.ts';

const entry: BootEntry = {
  state: 'statelite rhels8-ppc64le-compute',
  image: 'compute',
  arch: 'ppc64le',
  kernelArguments: ['STATEMNT=', 'quiet'],
  server: '10.99.0.1',
  httpPort: 80,
};
const added = (...words: string[]) => ({ ...entry, kernelArguments: words });

// From the description of stock's files; of these two none were recorded.
test("the yaboot configuration has stock's lines", () => {
  expect(renderYaboot(entry)).toBe(`#statelite rhels8-ppc64le-compute
timeout=5
image=xcat/osimage/compute/kernel
	label=xcat
	initrd=xcat/osimage/compute/initrd-statelite.gz
	append="STATEMNT= quiet "
`);
});

test("the petitboot configuration has stock's lines, and its URLs name the port always", () => {
  expect(renderPetitboot(entry)).toBe(`#statelite rhels8-ppc64le-compute
default xCAT
label xCAT
	kernel http://10.99.0.1:80/tftpboot/xcat/osimage/compute/kernel
	initrd http://10.99.0.1:80/tftpboot/xcat/osimage/compute/initrd-statelite.gz
	append "STATEMNT= quiet"
`);
});

describe('GRUB', () => {
  test('over HTTP fetches from where HTTP servers map tftpdir to', () => {
    const text = renderGrub2(entry, 'http');
    expect(text).toContain('    set root=http,10.99.0.1\n');
    expect(text).toContain('    linux /tftpboot/xcat/osimage/compute/kernel STATEMNT= quiet ');
    expect(text).toContain('    initrd /tftpboot/xcat/osimage/compute/initrd-statelite.gz\n');
    expect(renderGrub2({ ...entry, httpPort: 8080 }, 'http')).toContain('root=http,10.99.0.1,8080');
    expect(renderGrub2({ ...entry, httpPort: 8080 }, 'tftp')).toContain('root=tftp,10.99.0.1\n');
    expect(renderGrub2({ ...entry, server: 'fd77::1' }, 'tftp')).toContain('tftp,[fd77::1]\n');
  });

  test.for(['a=$b', 'a;b', 'x={1}', 'f=*.*', 'a&b', 'a|b', '<a>', 'a#b', 'r=[fd00::1]:3001'])(
    'gets %s in quotes, since its shell would read it',
    (word) => {
      expect(renderGrub2(added(word), 'tftp')).toContain(` '${word}' BOOTIF=`);
    },
  );

  test.for(["a'b", 'a"b', 'a\\b'])('cannot hand on %s, and says so', (word) => {
    expect(() => renderGrub2(added('quiet', word), 'tftp')).toThrow(
      `grub cannot hand on the word ${word} of the kernel command line`,
    );
  });

  test('goes back to the firmware for a node that boots from its disk', () => {
    expect(renderGrub2Local()).toBe('#boot\nset timeout=5\nexit\n');
  });
});

test.for([
  ['yaboot', renderYaboot],
  ['petitboot', renderPetitboot],
] as const)('%s has its arguments in quotes, and takes none in them', ([name, render]) => {
  for (const word of ['a="b"', 'a\\']) {
    expect(() => render(added(word))).toThrow(
      expect.objectContaining({
        code: 'ERR_STATELITE_BOOTFILE',
        message: expect.stringContaining(`${name} cannot hand on the word ${word}`),
      }),
    );
  }
  expect(render(added('a=$b;c'))).toContain('a=$b;c');
});

test('URLs of iPXE name the port if it is not 80', () => {
  expect(renderIpxe({ ...entry, httpPort: 8080 })).toContain(
    'http://${next-server}:8080/tftpboot/xcat/osimage/compute/kernel\n',
  );
});

test('what iPXE would take for a variable is refused', () => {
  expect(() => renderIpxe(added('a=${b}'))).toThrow(/for a variable/);
});

test('a node that boots from disk is told so in the words of its loader', () => {
  expect(renderIpxeLocal()).toBe('#!gpxe\n#boot\nexit\n');
  expect(renderPxelinuxLocal('offline')).toBe('#offline\nDEFAULT xCAT\nLABEL xCAT\n LOCALBOOT 0\n');
  expect(renderYabootLocal('boot')).toBe('#boot\ntimeout=5\nbye\n');
  expect(renderPetitbootLocal()).toBe('#boot\n');
});
