import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boots, plantCase } from '../../helpers/boots.ts';
import { row } from '../../helpers/rows.ts';
import { tempRoot } from '../../helpers/tree.ts';

const paths = {
  'a hundred directories deep': `/srv${'/d'.repeat(100)}/f`,
  'three thousand bytes long': `/srv${`/${'x'.repeat(199)}`.repeat(15)}/f`,
  'of components of 255 bytes': `/${'x'.repeat(255)}/${'\u00e9'.repeat(127)}y/f`,
};

test('1.2 deep, long and wide paths are served from trees and from the image, by every way', async () => {
  await using temp = await tempRoot();
  const options = ['tmpfs', 'persistent', 'link', 'ro'];
  const cases = Object.entries(paths).flatMap(([name, path]) =>
    options.map((option) => ({ name, path, option })),
  );
  const results = await boots(
    cases.map(({ name, path, option }) => ({
      ...plantCase(join(temp.path, `${name} ${option}`), {
        rows: [row(path, option)],
        image: { [path]: 'image' },
        trees: { one: option === 'ro' || option === 'link' ? {} : { [path]: 'tree' } },
      }),
      look: [path],
    })),
  );
  for (const [index, { name, path, option }] of cases.entries()) {
    const seen = results[index]?.seen[path]?.content;
    const expected = option === 'ro' || option === 'link' ? 'image' : 'tree';
    expect([name, option, results[index]?.failure, seen]).toEqual([name, option, null, expected]);
  }
});
