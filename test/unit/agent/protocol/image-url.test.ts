import { describe, expect, test } from 'vitest';
import { type ImageUrl, packingOf, parseImageUrl } from '../../../../agent/protocol/image-url.ts';

describe('imgurl=', () => {
  test.for<[string, ImageUrl['format'], ImageUrl['compression']]>([
    ['rootimg-statelite.gz', 'cpio', 'gzip'],
    ['rootimg-statelite.cpio', 'cpio', 'none'],
    ['rootimg-statelite.cpio.gz', 'cpio', 'gzip'],
    ['rootimg-statelite.cpio.zst', 'cpio', 'zstd'],
    ['rootimg-statelite.tar', 'tar', 'none'],
    ['rootimg-statelite.tar.gz', 'tar', 'gzip'],
    ['rootimg-statelite.tar.zst', 'tar', 'zstd'],
    ['rootimg-statelite.sfs', 'squashfs', 'none'],
    ['rootimg.squashfs', 'squashfs', 'none'],
  ])('of %s is a %s with compression %s', ([name, format, compression]) => {
    const url = `http://10.0.0.1/install/${name}`;
    expect(parseImageUrl(url)).toEqual({ url, format, compression });
    expect(parseImageUrl(`${url}.metainfo`)).toEqual({ url, format, compression });
  });

  test.for([
    [
      'http://10.0.0.1:80//install/a/rootimg-statelite.gz',
      'http://10.0.0.1//install/a/rootimg-statelite.gz',
    ],
    ['http://[fd00::1]:8080//i/x.gz', 'http://[fd00::1]:8080//i/x.gz'],
    ['https://mn.example.org/i/x.sfs', 'https://mn.example.org/i/x.sfs'],
    ['http://mn/i/../x.gz', 'http://mn/x.gz'],
    ['http://mn/x.gz?token=1', 'http://mn/x.gz?token=1'],
  ])('%s asks for %s', ([text = '', url]) => {
    expect(parseImageUrl(text).url).toBe(url);
  });

  test.for([
    'nfs://mn/i/rootimg-statelite.gz',
    'ftp://mn/rootimg-statelite.gz',
    '/install/rootimg-statelite.gz',
    'http://',
    'http:///rootimg-statelite.gz',
    'http://user@mn/rootimg-statelite.gz',
    'http://user:password@mn/rootimg-statelite.gz',
    'http://mn/rootimg-statelite.gz#x',
    'http://mn/rootimg-statelite.xz',
    'http://mn/rootimg-statelite',
    'http://mn/gz',
    'http://mn/a.gz/',
    'http://mn:99999/a.gz',
  ])('%s is refused', (text) => {
    expect(() => parseImageUrl(text)).toThrow(
      expect.objectContaining({
        code: 'ERR_STATELITE_CMDLINE',
        message: expect.stringContaining(text),
      }),
    );
  });
});

test('a name without a known ending is no packed image', () => {
  expect(packingOf('rootimg-statelite.gz.sha256')).toBeUndefined();
  expect(packingOf('a.tar/kernel')).toBeUndefined();
});
