import { describe, expect, test } from 'vitest';
import { checkImage } from '../../../../mgmt/bootfiles/check-image.ts';
import type { LitefileRow } from '../../../../agent/protocol/answer.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';

const rows = (...pairs: [string, string][]): LitefileRow[] =>
  pairs.map(([file, options]) => ({ file, options, specificity: 'ALL' }));

describe('nodeset looks at the image before a node boots it', () => {
  test('a refused combination is refused, naming both rows (semantics 3.4)', async () => {
    await using root = await tempRoot();
    plantTree(root.path, { '/rootimg/etc/app/conf': 'x' });
    const checking = checkImage(
      { name: 'img', rootimgdir: root.path },
      rows(['/etc/app/', 'ro'], ['/etc/app/conf', 'tmpfs']),
    );
    await expect(checking).rejects.toMatchObject({
      code: 'ERR_STATELITE_TABLE',
      message: expect.stringMatching(/"\/etc\/app\/conf" \(tmpfs\).*"\/etc\/app\/" \(ro\)/),
    });
  });

  test('an image that liteimg did not prepare for the table is a warning', async () => {
    await using root = await tempRoot();
    plantTree(root.path, {
      '/rootimg/etc/motd': 'x',
      '/rootimg/.statelite/litefile.save': 'img: tmpfs         /etc/motd\n',
    });
    const image = { name: 'img', rootimgdir: root.path };
    expect(await checkImage(image, rows(['/etc/motd', 'tmpfs']))).toBeUndefined();
    expect(await checkImage(image, rows(['/etc/motd', 'ro'], ['/etc/hosts', 'ro']))).toBe(
      'osimage img was not prepared for /etc/hosts and 1 more: run liteimg img',
    );
  });

  test('an image on another server is not looked at', async () => {
    const elsewhere = { name: 'img', rootimgdir: '/nowhere' };
    expect(await checkImage(elsewhere, rows(['/etc/motd', 'ro']))).toBeUndefined();
  });
});
