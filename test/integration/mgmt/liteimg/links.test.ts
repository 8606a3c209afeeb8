import { describe, expect, test } from 'vitest';
import type { Planted } from '../../../helpers/tree.ts';
import { workshop } from './workshop.ts';

const image: Readonly<Record<string, Planted>> = {
  'srv/real/file': { text: 'content', mode: 0o640, uid: 9 },
  'srv/real/dir': { dir: 0o2770, gid: 9 },
  'srv/real/dir/in': { text: 'it', gid: 0 },
};

interface Found {
  readonly kind: string;
  readonly target: string;
  /** What the copy in /.default looks like. */
  readonly copy: string;
  /** What the empty mount point looks like. */
  readonly standIn: string;
}

const file = { copy: 'file 640 9:0 "content"', standIn: 'file 640 9:0 ""' };
const dir = { copy: 'dir 2770 0:9', standIn: 'dir 2770 0:9' };
const missing = { copy: 'file 644 ""', standIn: 'file 644 ""' };

const found: readonly Found[] = [
  { kind: 'a relative link to a file', target: 'real/file', ...file },
  { kind: 'an absolute link to a file', target: '/srv/real/file', ...file },
  { kind: 'a relative link to a directory', target: 'real/dir', ...dir },
  { kind: 'an absolute link to a directory', target: '/srv/real/dir', ...dir },
  { kind: 'a link that climbs above the root', target: '../../../srv/real/file', ...file },
  { kind: 'a dangling link', target: 'nowhere', ...missing },
  { kind: 'a dangling absolute link', target: '/no/where', ...missing },
  { kind: 'a link to the directory it is in', target: '.', ...missing },
  { kind: 'a link to the root', target: '/', ...missing },
];

const cases = found.flatMap((one) =>
  ['link', 'link,persistent', 'tmpfs', 'persistent', 'localdisk', 'ro'].map((option) => ({
    ...one,
    option,
  })),
);

describe('symlinks at listed paths (semantics 4.2, 1.5)', () => {
  test.for(cases)(
    '$kind is kept, what it leads to is the original of an entry that is $option',
    async ({ target, copy, standIn, option }) => {
      await using shop = await workshop({ ...image, 'srv/alias': { link: target } });
      await shop.run({ '/srv/alias': option });
      const planted = '-> ../.statelite/tmpfs/srv/alias';
      expect(shop.look('/.default.links/srv/alias')).toBe(`-> ${target}`);
      expect(shop.look('/.default/srv/alias')).toBe(copy);
      expect(shop.look('/srv/alias')).toBe(option.startsWith('link') ? planted : standIn);
    },
  );

  test.for(cases)(
    '$kind that was listed as $option is given back when the row is gone',
    async ({ target, option }) => {
      await using shop = await workshop({ ...image, 'srv/alias': { link: target } });
      await shop.run({});
      const before = shop.list();
      await shop.run({ '/srv/alias': option });
      await shop.run({});
      expect(shop.list()).toEqual(before);
    },
  );

  test.for(['link', 'tmpfs'])('below a copied directory is all it holds: %s', async (option) => {
    await using shop = await workshop({ ...image, 'srv/alias': { link: 'real/dir' } });
    await shop.run({ '/srv/alias/': option });
    expect(shop.look('/.default/srv/alias/in')).toBe('file 644 "it"');
    expect(shop.look('/srv/real/dir/in')).toBe('file 644 "it"');
  });

  test('a copy that was edited stays when the row is gone, and a note tells where the link led', async () => {
    await using shop = await workshop({ ...image, 'srv/alias': { link: 'real/file' } });
    await shop.run({ '/srv/alias': 'link' });
    shop.plant({ 'srv/alias': 'edited' });
    const { notes } = await shop.run({});
    expect(shop.look('/srv/alias')).toBe('file 640 9:0 "edited"');
    expect(notes).toEqual([expect.stringMatching(/^\/srv\/alias was changed .*real\/file/)]);
  });
});

describe('links into /run (semantics 1.5)', () => {
  const alone = ['link', 'link,ro', 'tmpfs', 'ro'].flatMap((option) =>
    [
      { target: '/run', file: '/var/x/' },
      { target: '../run/lock', file: '/var/x' },
      { target: '/run', file: '/var/x/below' },
    ].map((one) => ({ ...one, option })),
  );

  test.for(alone)(
    '$file is left alone as $option where /var/x leads to $target, and a note says so',
    async ({ file: listed, target, option }) => {
      await using shop = await workshop({ 'run/lock': { dir: 0o1777 }, 'var/x': { link: target } });
      await shop.run({});
      const before = shop.list();
      const { notes } = await shop.run({ [listed]: option });
      expect(shop.list()).toEqual(before);
      expect(notes).toEqual([expect.stringContaining(`${listed} is left alone`)]);
    },
  );
});

const names = [
  { what: 'blanks', name: ' two  blanks ' },
  { what: 'an ampersand', name: 'a&b' },
  { what: 'quotes', name: `it's "quoted"` },
  { what: 'a dollar', name: '$HOME$(id)`id`' },
  { what: 'a colon and a star', name: 'a: *' },
  { what: 'a backslash', name: String.raw`a\040b` },
  { what: 'a hash', name: '# made' },
  { what: 'UTF-8', name: 'žluťoučký 🐎' },
  { what: '255 bytes', name: 'n'.repeat(255) },
  { what: '255 bytes of UTF-8', name: `x${'é'.repeat(127)}` },
];

describe('names are taken byte for byte (semantics 1.2)', () => {
  test.for(names.flatMap((name) => ['link', 'tmpfs'].map((option) => ({ ...name, option }))))(
    'a name with $what, $option: prepared, prepared again, given back',
    async ({ name, option }) => {
      await using shop = await workshop({ [`srv/${name}/${name}`]: 'x' });
      await shop.run({});
      const before = shop.list();
      const table = { [`/srv/${name}/${name}`]: option };
      await shop.run(table);
      expect(shop.look(`/.default/srv/${name}/${name}`)).toBe('file 644 "x"');
      const prepared = shop.list('everything');
      await shop.run(table);
      expect(shop.list('everything')).toEqual(prepared);
      await shop.run({});
      expect(shop.list()).toEqual(before);
    },
  );
});
