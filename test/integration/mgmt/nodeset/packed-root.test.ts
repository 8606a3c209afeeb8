import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packedRoot } from '../../../../mgmt/bootfiles/packed-root.ts';
import { plantTree, tempRoot } from '../../../helpers/tree.ts';

/** The packed root of an image whose directory, below `installdir`, holds these files. */
async function packedOf(files: readonly string[], place = 'install/netboot/a') {
  await using root = await tempRoot();
  const rootimgdir = join(root.path, place);
  plantTree(rootimgdir, Object.fromEntries(files.map((name) => [name, ''])));
  const image = { name: 'compute', os: 'debian12', arch: 'x86_64', profile: 'p', rootimgdir };
  const { text, from } = await packedRoot(image, join(root.path, 'install'));
  return { name: text.slice(rootimgdir.length + 1), from };
}

const failure = (message: string, hint: string) =>
  expect.objectContaining({
    code: 'ERR_STATELITE_BOOTFILE',
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
  });

describe('the packed root of an image', () => {
  test.for([
    'rootimg-statelite.gz',
    'rootimg-statelite.cpio.zst',
    'rootimg-statelite.tar.gz',
    'rootimg-statelite.tar.zst',
    'rootimg-statelite.sfs',
  ])('is %s, among what else is there', async (name) => {
    const others = [`${name}.sha256`, 'kernel', 'initrd-statelite.gz', 'rootimg/etc/x'];
    const found = await packedOf([...others, name, '.rootimg-statelite.gz.new']);
    expect(found).toEqual({ name, from: 'linuximage row imagename=compute: rootimgdir' });
  });

  test.for([[[]], [['rootimg-statelite.gz.sha256']], [['rootimg-statelite.xz', 'rootimg.gz']]])(
    'that was not packed is missing in the words of stock: %s',
    async ([names = []]) => {
      const words = 'No packed image for platform debian12, architecture x86_64 and profile p';
      await expect(packedOf(names)).rejects.toThrow(failure(words, 'liteimg compute'));
    },
  );

  test('that is packed in two ways is refused: which one is the new one?', async () => {
    const both = ['rootimg-statelite.gz', 'rootimg-statelite.sfs'];
    await expect(packedOf(both)).rejects.toThrow(
      failure('is packed twice: rootimg-statelite.gz, rootimg-statelite.sfs', 'liteimg compute'),
    );
  });

  test.for(['elsewhere', 'install/other', 'install/netboot-2/a'])(
    'in %s is refused: nothing is served from there',
    async (place) => {
      await expect(packedOf(['rootimg-statelite.gz'], place)).rejects.toThrow(
        failure('rootimgdir is not below ', 'served from there only'),
      );
    },
  );
});
