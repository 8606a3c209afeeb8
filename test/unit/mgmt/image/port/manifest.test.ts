import { describe, expect, test } from 'vitest';
import {
  type Manifest,
  parseManifest,
  renderManifest,
} from '../../../../../mgmt/image/port/manifest.ts';
import { failure } from '../../../../helpers/rows.ts';

const manifest: Manifest = {
  osimage: { imagename: 'img', provmethod: 'statelite', description: 'a < b & "c"' },
  linuximage: { imagename: 'img', rootimgdir: '/install/img', pkglist: '/a/p.pkglist' },
  files: { kernel: '/install/img/kernel', rootimgtree: '/install/img/rootimgtree.gz' },
  postscripts: 'syslog,remoteshell',
  postbootscripts: '',
  extra: [
    { src: '/tmp/a', dest: '/install/post' },
    { src: '/tmp/b', dest: '/tmp/b' },
  ],
  installdir: '/data/install',
};

/** As stock xCAT writes it: elements in the order of their names, one value where there is one. */
const stock = `<?xml version="1.0"?>
<xcatimage>
  <kernel>/install/netboot/rhels6/x86_64/compute/kernel</kernel>
  <linuximage>
    <imagename>img</imagename>
    <rootimgdir>/install/netboot/rhels6/x86_64/compute</rootimgdir>
  </linuximage>
  <litefile>/install/netboot/rhels6/x86_64/compute/litefile.csv</litefile>
  <osimage>
    <imagename>img</imagename>
    <isdeletable></isdeletable>
    <profile> compute </profile>
    <unheardof>x</unheardof>
  </osimage>
  <ramdisk>/install/netboot/rhels6/x86_64/compute/initrd-statelite.gz</ramdisk>
</xcatimage>
`;

describe('manifest.xml', () => {
  test('is read as it was written', () => {
    expect(parseManifest(renderManifest(manifest))).toEqual(manifest);
  });

  test('has the elements that stock xCAT looks for, and no blank ones', () => {
    const text = renderManifest(manifest);
    expect(text.startsWith('<?xml version="1.0"?>\n<xcatimage>\n')).toBe(true);
    expect(text).toContain('  <kernel>/install/img/kernel</kernel>\n');
    expect(text).toContain('    <description>a &lt; b &amp; &quot;c&quot;</description>\n');
    expect(text).not.toContain('postbootscripts');
  });

  test('of stock xCAT is read: its installdir is /install, unknown and blank columns do not count', () => {
    expect(parseManifest(stock)).toMatchObject({
      osimage: { imagename: 'img', profile: 'compute' },
      files: { kernel: '/install/netboot/rhels6/x86_64/compute/kernel' },
      installdir: '/install',
      extra: [],
    });
    expect(Object.keys(parseManifest(stock).osimage)).toEqual(['imagename', 'profile']);
  });

  test('of xCAT 2.7 has the columns of both tables at the top', () => {
    const old = '<xcatimage><imagename>img</imagename><pkglist>/p</pkglist></xcatimage>';
    expect(parseManifest(old)).toMatchObject({
      osimage: { imagename: 'img' },
      linuximage: { imagename: 'img', pkglist: '/p' },
    });
  });

  test.for([
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><xcatimage></xcatimage>'],
    [
      'an external entity',
      '<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><xcatimage/>',
    ],
    ['an entity of its own', '<xcatimage><kernel>&a;</kernel></xcatimage>'],
    ['attributes', '<xcatimage version="1"></xcatimage>'],
    ['a comment', '<xcatimage><!-- --></xcatimage>'],
    ['CDATA', '<xcatimage><kernel><![CDATA[x]]></kernel></xcatimage>'],
    ['a processing instruction', '<xcatimage><?php x ?></xcatimage>'],
    ['two kernels', '<xcatimage><kernel>a</kernel><kernel>b</kernel></xcatimage>'],
    ['two images', '<xcatimage></xcatimage><xcatimage></xcatimage>'],
    ['another root', '<image></image>'],
    ['nothing', ''],
    ['an end too early', '<xcatimage><kernel>a'],
    ['nesting without end', `<xcatimage>${'<a>'.repeat(100)}`],
    ['a NUL', '<xcatimage><kernel>a\0b</kernel></xcatimage>'],
  ])('with %s is refused', ([, text]) => {
    expect(() => parseManifest(text ?? '')).toThrow(failure('ERR_STATELITE_IMAGE', 'manifest.xml'));
  });
});
