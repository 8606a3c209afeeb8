import { describe, expect, test } from 'vitest';
import { checkBoots } from '../../../../mgmt/preview/check-boots.ts';
import type { Finding } from '../../../../mgmt/preview/finding.ts';
import { clusterOf, type Given } from '../../../helpers/cluster.ts';

const osimage = { imagename: 'img', osvers: 'debian12', osarch: 'x86_64', profile: 'compute' };

const sound: Given = {
  site: [{ key: 'master', value: '10.0.0.1' }],
  osimage: [osimage],
  nodelist: [
    { node: 'n1', groups: 'lite' },
    { node: 'n2', groups: 'lite' },
  ],
  mac: [
    { node: 'n1', mac: '52:54:00:00:00:01' },
    { node: 'n2', mac: '52:54:00:00:00:02' },
  ],
};

async function found(change: Given, said: readonly Finding[] = []): Promise<Finding[]> {
  const cluster = clusterOf({ ...sound, ...change });
  return checkBoots(new Map([['img', ['n1', 'n2']]]), cluster, said);
}

describe('what nodeset would refuse', () => {
  test('is nothing of sound tables', async () => {
    expect(await found({})).toEqual([]);
  });

  test('of one row is one finding for all of its nodes, with row and column', async () => {
    expect(await found({ noderes: [{ node: 'lite', netboot: 'foo' }] })).toEqual([
      {
        level: 'error',
        image: 'img',
        nodes: ['n1', 'n2'],
        message: 'noderes row node=lite, column netboot: "foo" is no boot loader',
        hint: expect.stringContaining('use xnba'),
      },
    ]);
  });

  test('of nodes that differ in their names alone is one finding, of the first', async () => {
    const findings = await found({ mac: [] });
    expect(findings.map(({ nodes, hint }) => [nodes, hint])).toEqual([
      [['n1', 'n2'], 'chtab node=n1 mac.mac=52:54:00:…'],
    ]);
  });

  test('are two nodes with one address', async () => {
    const mac = { mac: '52:54:00:00:00:01' };
    const [finding, ...others] = await found({
      mac: [
        { node: 'n1', ...mac },
        { node: 'n2', ...mac },
      ],
    });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      nodes: ['n2'],
      message: '52:54:00:00:00:01 of n2 is an address of n1 too',
    });
  });

  test.for<[string, Given, string]>([
    ['management node', { site: [] }, 'no management node is named for n1'],
    [
      'word of the kernel command line',
      { bootparams: [{ node: 'n1', addkcmdline: 'a\u0007b' }] },
      'bootparams row node=n1: addkcmdline holds a control character',
    ],
    [
      'partition file',
      { linuximage: [{ imagename: 'img', partitionfile: 'disks' }] },
      'linuximage row imagename=img: partitionfile is no absolute path: disks',
    ],
    [
      'packed root',
      {
        osimage: [{ ...osimage, rootfstype: 'ramdisk' }],
        linuximage: [{ imagename: 'img', rootimgdir: '/install/netboot/none/such' }],
      },
      'No packed image for platform debian12, architecture x86_64 and profile compute, please run "liteimg" to create it.',
    ],
  ])('is a %s that cannot be', async ([, change, message]) => {
    const findings = await found(change);
    expect(findings.map((one) => one.message)).toEqual([message]);
  });

  test('is not told again where it is known', async () => {
    const change = { noderes: [{ node: 'lite', netboot: 'foo' }] };
    const known = await found(change);
    expect(known).toHaveLength(1);
    expect(await found(change, known)).toEqual([]);
  });

  test('of an image whose rows say too little is left to the check of images', async () => {
    expect(await found({ osimage: [{ imagename: 'img' }], noderes: [] })).toEqual([]);
  });

  test('are not rows without a store: the foreseen boot tells them', async () => {
    const litefile = [{ image: 'ALL', file: '/var/log/', options: 'persistent' }];
    expect(await found({ litefile })).toEqual([]);
  });
});
