import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { offerResolvConf } from '../../../agent/files/resolv-conf.ts';
import { plantTree, type Planted, tempRoot } from '../../helpers/tree.ts';

const fromDhcp = 'nameserver 10.0.0.1\n';
const place = '/etc/resolv.conf';

/** Offers the DHCP answer to a root, and reads a file of it afterwards. */
async function offered(
  image: Readonly<Record<string, Planted>>,
  look = place,
  content = fromDhcp,
): Promise<{ written: boolean; text: string | undefined }> {
  await using root = await tempRoot();
  plantTree(root.path, image);
  const written = await offerResolvConf(root.path, content);
  return { written, text: textOf(join(root.path, look)) };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const written = { written: true, text: fromDhcp };

describe('3.8 /etc/resolv.conf gets the name servers', () => {
  test.for<[string, Record<string, Planted>]>([
    ['is missing', { '/etc/hosts': '' }],
    ['is empty', { [place]: '' }],
    ['is blank', { [place]: ' \n\n' }],
    ['holds the placeholder', { [place]: '# Dummy resolv.conf for a diskless node\n' }],
  ])('if it %s', async ([, image]) => {
    expect(await offered(image)).toEqual(written);
  });

  test.for<[string, Record<string, Planted>]>([
    ['a relative link', { [place]: { link: '../var/resolv.conf' }, '/var/resolv.conf': '' }],
    ['an absolute link', { [place]: { link: '/var/resolv.conf' }, '/var/resolv.conf': '' }],
    ['a link that dangles', { [place]: { link: '/var/resolv.conf' }, '/var/lib': { dir: 0o755 } }],
    ['a link above it', { '/etc': { link: '/var' }, '/var/x': '' }],
  ])('behind %s, inside the root', async ([, image]) => {
    expect(await offered(image, '/var/resolv.conf')).toEqual(written);
  });
});

describe('3.8 /etc/resolv.conf is left alone', () => {
  const own = 'nameserver 192.0.2.1\n';
  test.for<[string, Record<string, Planted>, string, string | undefined]>([
    ['has name servers of its own', { [place]: own }, place, own],
    [
      'leads into /run, as with systemd-resolved',
      {
        [place]: { link: '../run/systemd/resolve/stub-resolv.conf' },
        '/run/systemd/resolve/stub-resolv.conf': '',
      },
      '/run/systemd/resolve/stub-resolv.conf',
      '',
    ],
    [
      'dangles into /run',
      { [place]: { link: '/run/resolv.conf' }, '/run': { dir: 0o755 } },
      '/run/resolv.conf',
      undefined,
    ],
    ['is a directory', { [place]: { dir: 0o755 } }, place, undefined],
    ['dangles into a missing directory', { [place]: { link: '/gone/x' } }, '/gone/x', undefined],
    ['is below a file', { '/etc': 'no directory' }, place, undefined],
  ])('if it %s', async ([, image, look, text]) => {
    expect(await offered(image, look)).toEqual({ written: false, text });
  });

  test('if DHCP has no name servers', async () => {
    expect(await offered({ [place]: '' }, place, '')).toEqual({ written: false, text: '' });
  });
});
