import { describe, expect, test } from 'vitest';
import { addedWords } from '../../../../../mgmt/bootfiles/added-words.ts';
import { loaderOf } from '../../../../../mgmt/bootfiles/node-files.ts';
import type { BootEntry } from '../../../../../mgmt/bootfiles/render/entry.ts';
import { renderGrub2, renderGrub2Local } from '../../../../../mgmt/bootfiles/render/grub2.ts';
import { renderIpxe, renderIpxeLocal } from '../../../../../mgmt/bootfiles/render/ipxe.ts';
import { loaderWords } from '../../../../../mgmt/bootfiles/render/loader-words.ts';
import {
  renderPetitboot,
  renderPetitbootLocal,
} from '../../../../../mgmt/bootfiles/render/petitboot.ts';
import {
  renderPxelinux,
  renderPxelinuxLocal,
} from '../../../../../mgmt/bootfiles/render/pxelinux.ts';
import { renderYaboot, renderYabootLocal } from '../../../../../mgmt/bootfiles/render/yaboot.ts';
import { attempt } from '../../../../helpers/arbitrary.ts';
import { hostileNames } from '../../../../helpers/hostile.ts';

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

  test.for([
    ['x="a b"', "'x=a b'"],
    ['"x=a b"', "'x=a b'"],
    ['x="a"', 'x=a'],
    ['x=""', 'x='],
  ])('gets %s as %s, and gives it to the kernel in double quotes', ([word = '', quoted]) => {
    expect(renderGrub2(added(word), 'tftp')).toContain(` ${quoted} BOOTIF=`);
  });

  test.for(["a'b", 'a"b', 'a\\b', 'x=a"b c"d'])('cannot hand on %s, and says so', (word) => {
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
  for (const word of ['a="b"', 'a\\', "a='b'"]) {
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

test.for(['a=${b}', '#a', '||', '&&', ';', 'x="a ; b"', 'x="a  b"'])(
  'what iPXE would take for more than a word is refused: %s',
  (word) => {
    expect(() => renderIpxe(added('quiet', word))).toThrow('iPXE cannot hand on the word ');
  },
);

test.for(['a#b', 'a;b', 'a||b', '&', '$a', '{', 'x="a b"', "it's"])('iPXE hands on %s', (word) => {
  expect(renderIpxe(added('quiet', word))).toContain(` quiet ${word} BOOTIF=`);
});

const linesIn = (text: string) => text.split(/[\n\r]/u).length;

const renderers = {
  xnba: renderIpxe,
  pxe: renderPxelinux,
  grub2: (of: BootEntry) => renderGrub2(of, 'tftp'),
  'grub2-http': (of: BootEntry) => renderGrub2(of, 'http'),
  yaboot: renderYaboot,
  petitboot: renderPetitboot,
};

describe.for(Object.entries(renderers))('the boot file for %s', ([, render]) => {
  test.for(['x\nshell', 'x\r', 'x\u0085', 'x\\'])(
    'is not made of a state that would not end with its line: %j',
    (state) => {
      expect(() => render({ ...entry, state })).toThrow(
        expect.objectContaining({
          code: 'ERR_STATELITE_BOOTFILE',
          message: expect.stringMatching(
            /^osimage compute: "x.* cannot be a line of a boot file$/u,
          ),
        }),
      );
    },
  );

  test('has as many lines whatever the arguments are, or is refused', () => {
    const counts = hostileNames.map((name) =>
      attempt(() => linesIn(render(added(...addedWords({ text: `x=${name}`, from: 'a row' }))))),
    );
    expect(new Set(counts)).toEqual(new Set([undefined, linesIn(render(entry))]));
  });
});

test.for(Object.keys(renderers))(
  'the words of %s itself are those its boot file asks for',
  (name) => {
    const loader = loaderOf(name, 'n1');
    const text = renderers[loader](entry);
    const words = loaderWords(loader, 'compute').map((word) => word.replace(/=.*/u, ''));
    const asked = {
      'initrd=': /^(?:imgargs|\s*APPEND).*\binitrd=/mu,
      'BOOTIF=': /BOOTIF=|IPAPPEND 2/u,
    };
    for (const [word, pattern] of Object.entries(asked)) {
      expect([word, words.includes(word.slice(0, -1))]).toEqual([word, pattern.test(text)]);
    }
  },
);

test('a node that boots from disk is told so in the words of its loader', () => {
  expect(renderIpxeLocal()).toBe('#!gpxe\n#boot\nexit\n');
  expect(renderPxelinuxLocal('offline')).toBe('#offline\nDEFAULT xCAT\nLABEL xCAT\n LOCALBOOT 0\n');
  expect(renderYabootLocal('boot')).toBe('#boot\ntimeout=5\nbye\n');
  expect(renderPetitbootLocal()).toBe('#boot\n');
});
