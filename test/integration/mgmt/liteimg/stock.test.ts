import { describe, expect, test } from 'vitest';
import type { Planted } from '../../../helpers/tree.ts';
import { workshop } from './workshop.ts';

/** An image that xCAT's own liteimg prepared: a link, a mounted directory, a mounted symlink. */
const prepared: Readonly<Record<string, Planted>> = {
  'etc/motd': { link: '../.statelite/tmpfs/etc/motd' },
  '.statelite/tmpfs/etc/motd': { link: '../../../.default/etc/motd' },
  '.default/etc/motd': 'hello\n',
  'var/log/messages': 'm\n',
  '.default/var/log/messages': 'm\n',
  '.default/var/log/stale': 'of an image of before\n',
  'etc/localtime': { link: '../usr/share/zone' },
  '.default/etc/localtime': { link: '../usr/share/zone' },
  'usr/share/zone': 'UTC',
  '.statelite/litefile.save':
    'img: link          /etc/motd\nimg: tmpfs         /var/log/\nimg: ro            /etc/localtime\n',
};
const table = { '/etc/motd': 'link', '/var/log/': 'tmpfs', '/etc/localtime': 'ro' };

describe('an image that stock liteimg prepared', () => {
  test('is taken over: links stay, mirrors are brought up to date, symlinks get a stand-in', async () => {
    await using shop = await workshop(prepared);
    await shop.run(table);
    expect(shop.look('/etc/motd')).toBe('-> ../.statelite/tmpfs/etc/motd');
    expect(shop.look('/.default/var/log/stale')).toBeUndefined();
    expect(shop.look('/.default/etc/localtime')).toBe('file 644 "UTC"');
    expect(shop.look('/.default.links/etc/localtime')).toBe('-> ../usr/share/zone');
  });

  test('is given back without rows', async () => {
    await using shop = await workshop(prepared);
    await shop.run({});
    expect(shop.look('/etc/motd')).toBe(String.raw`file 644 "hello\n"`);
    expect(shop.look('/var/log/messages')).toBe(String.raw`file 644 "m\n"`);
    expect(shop.look('/etc/localtime')).toBe('-> ../usr/share/zone');
    expect(shop.look('/.default/var')).toBeUndefined();
  });

  test('with a link below a mounted directory keeps its original (QUIRK-37)', async () => {
    await using shop = await workshop({
      'var/x': { link: '../.statelite/tmpfs/var/x' },
      '.statelite/tmpfs/var/x': { link: '../../../.default/var/x' },
      '.default/var/x': 'original',
      'var/y': 'y',
      '.default/var/y': 'y',
      '.statelite/litefile.save': 'img: tmpfs         /var/\nimg: link          /var/x\n',
    });
    await shop.run({ '/var/x': 'link' });
    expect(shop.look('/.default/var/x')).toBe('file 644 "original"');
    expect(shop.look('/var/x')).toBe('-> ../.statelite/tmpfs/var/x');
    await shop.run({});
    expect(shop.look('/var/x')).toBe('file 644 "original"');
  });

  test('without its litefile.save keeps the originals of listed links', async () => {
    await using shop = await workshop(prepared);
    shop.remove('/.statelite/litefile.save');
    await shop.run({ '/etc/motd': 'link' });
    expect(shop.look('/.default/etc/motd')).toBe(String.raw`file 644 "hello\n"`);
    await shop.run({ '/etc/motd': 'tmpfs' });
    expect(shop.look('/etc/motd')).toBe(String.raw`file 644 "hello\n"`);
  });

  test('without its litefile.save gives the original back to a row that mounts it', async () => {
    await using shop = await workshop(prepared);
    shop.remove('/.statelite/litefile.save');
    await shop.run({ '/etc/motd': 'tmpfs' });
    expect(shop.look('/etc/motd')).toBe(String.raw`file 644 "hello\n"`);
    expect(shop.look('/.default/etc/motd')).toBe(String.raw`file 644 "hello\n"`);
  });
});
