import { join } from 'node:path';
import { expect } from 'vitest';
import { test } from '../../../helpers/mgmt-test.ts';
import { plantTree } from '../../../helpers/tree.ts';

/** Media and profile files of a Red Hat and a SUSE system, in the directories of the 2010 cookbook. */
const installed = {
  'install/rhels5.3/x86_64/Server/repodata/repomd.xml': '',
  'install/sles11.1/x86_64/1/repodata/repomd.xml': '',
  'install/custom/netboot/rh/compute.pkglist': 'bash\nkernel\n#INCLUDE:$ENV{INSTALLDIR}/more#\n',
  'install/custom/netboot/rh/compute.otherpkgs.pkglist': 'own\n',
  'install/custom/netboot/sles/compute.pkglist': 'bash, kernel-default\n',
  'install/post/otherpkgs/rhels5.3/x86_64/own.rpm': '',
  'install/more': 'vim\n',
};
const drivers = 'mlx4_core,mlx4_en,igb,bnx2';

test.for([
  [`-o rhels5.3 -p compute -i eth0 -n ${drivers} -m statelite`, 'install bash kernel vim'],
  [`-o rhels5.3 -p compute -i eth0 -n ${drivers} -m statelite --permission 777`, 'install own'],
  ['-i eth0 -n ehea -o sles11.1 -p compute -m statelite -k 2.6.32-ppc64', 'bash kernel-default'],
  ['-o rhels5.3 -p compute -a x86_64 -k 2.6.18 -g 2.6.18-1 -r eth1', 'bash kernel-2.6.18-1 vim'],
  ['-o rhels5.3 -p compute -l 100m -t 10m --ignorekernelchk --kerneldir k', 'createrepo_c'],
] as const)('genimage %s is understood', async ([line, command], { mn }) => {
  plantTree(mn.directory, installed);
  const ran = await mn.run('genimage', ...line.split(' '), '--dryrun');
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.out.join('\n')).toContain(command);
});

test('--noupdate keeps what the distribution has', async ({ mn }) => {
  plantTree(mn.directory, installed);
  const words = ['genimage', '-o', 'rhels5.3', '-p', 'compute', '--dryrun'];
  expect((await mn.run(...words)).out.at(-1)).toMatch(/ upgrade$/);
  expect((await mn.run(...words, '--noupdate')).out.join('\n')).not.toContain('upgrade');
});

test('what was named is written to the tables before anything is built', async ({ mn }) => {
  plantTree(mn.directory, { ...installed, 'install/custom/netboot/rh/compute.pkglist': '' });
  const words = '-o rhels5.3 -p compute -k 2.6.18 -g 2.6.18-1 --kerneldir k --permission 777';
  const ran = await mn.run('genimage', ...words.split(' '));
  expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('is empty') });
  const [row = ''] = (await mn.run('tabdump', 'linuximage')).out.slice(1);
  for (const value of ['2.6.18', '2.6.18-1', join(mn.directory, 'k'), '777']) {
    expect(row).toContain(`"${value}"`);
  }
});

test.for([
  [['compute', '-o', 'rocky9'], '-o, -a and -p cannot go with an image'],
  [['-o', 'rocky9'], 'name an osimage, or -o and -p'],
  [['-o', 'plan9', '-p', 'x'], 'cannot build an image of osvers "plan9"'],
  [['-o', 'rhels5.3', '-p', 'compute', '--authorized-keys', 'gone'], 'no file of public keys'],
] as const)('genimage %j is refused', async ([words, message], { mn }) => {
  plantTree(mn.directory, installed);
  const ran = await mn.run('genimage', ...words, '--dryrun');
  expect(ran.code).not.toBe(0);
  expect(ran.err).toContain(message);
});
