import { describe, expect, test } from 'vitest';
import { plantTree } from '../../../helpers/tree.ts';
import { listing, workshop } from './workshop.ts';

const shadow = { text: 'daemon:*:1::::::\nroot:old:2:0:9:7:::\n', mode: 0o640, gid: 42 };
const changed = String.raw`file 640 0:42 "daemon:*:1::::::\nroot:$6$salt$hash:2:0:9:7:::\n"`;

describe('/etc/shadow', () => {
  test("has root's password of the passwd table; all else of it stays", async () => {
    await using shop = await workshop({ 'etc/shadow': shadow });
    const { changes } = await shop.run({});
    expect(shop.look('/etc/shadow')).toBe(changed);
    expect(changes).toContainEqual({ path: '/etc/shadow', effects: ['written'] });
    expect((await shop.run({})).changes).toEqual([]);
  });

  test.for(['link', 'tmpfs', 'persistent'])('has it in the original, too: %s', async (option) => {
    await using shop = await workshop({ 'etc/shadow': shadow });
    for (const table of [{ '/etc/': option }, { '/etc/shadow': option }, {}]) await shop.run(table);
    await shop.run({ '/etc/shadow': option });
    expect(shop.look('/.default/etc/shadow')).toBe(changed);
  });

  test('is not made where the image has none', async () => {
    await using shop = await workshop();
    await shop.run({});
    expect(shop.look('/etc/shadow')).toBeUndefined();
  });
});

describe('what dracut left in /tmp', () => {
  test('goes, directories too, and nothing else does (mgmt QUIRK-34)', async () => {
    await using shop = await workshop({
      'tmp/dracut.abc/initramfs/init': 'x',
      'tmp/dracut.def': 'x',
      'tmp/dracut': 'mine',
      'tmp/other/dracut.x': 'mine',
    });
    const { changes } = await shop.run({});
    const names = ['dracut.abc', 'dracut.def', 'dracut', 'other/dracut.x'];
    expect(names.map((name) => shop.look(`/tmp/${name}`) !== undefined)).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(changes).toContainEqual({ path: '/tmp/dracut.abc', effects: ['removed'] });
  });

  test.for(['../outside', '../../../../outside', '/tmp'])(
    'is not looked for behind a link out of the image: %s',
    async (target) => {
      await using shop = await workshop({ tmp: { link: target } });
      plantTree(shop.outside, { 'dracut.abc': 'x' });
      const before = listing(shop.outside, 'everything');
      await shop.run({});
      expect(listing(shop.outside, 'everything')).toEqual(before);
    },
  );
});

describe('a private key among the postscripts', () => {
  const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';

  test('does not enter the image, and a note says so', async () => {
    await using shop = await workshop();
    plantTree(shop.directory, {
      'postscripts/_ssh/id_rsa': key,
      'postscripts/_ssh/id_rsa.pub': 'ssh-rsa AAAA',
      'postscripts/bundle.pem': `${'# CA\n'.repeat(20_000)}${key}`,
      'postscripts/makes-keys': '#!/bin/sh\ngrep -- "-----BEGIN RSA PRIVATE KEY-----" "$1"\n',
    });
    const { notes } = await shop.run({});
    expect(shop.look('/xcatpost/_ssh/id_rsa')).toBeUndefined();
    expect(shop.look('/xcatpost/bundle.pem')).toBeUndefined();
    expect(shop.look('/xcatpost/_ssh/id_rsa.pub')).toContain('ssh-rsa');
    expect(shop.look('/xcatpost/makes-keys')).toContain('grep');
    expect(notes.toSorted()).toEqual([
      expect.stringContaining('_ssh/id_rsa holds a private key'),
      expect.stringContaining('bundle.pem holds a private key'),
    ]);
  });
});
