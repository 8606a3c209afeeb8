import { expect } from 'vitest';
import type { Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

/** Twenty-odd paths, all tmpfs and none within another, as xCAT's own regression test has them. */
const inEtc =
  'adjtime fstab inittab lvm/.cache mtab ntp.conf ntp.conf.predhclient resolv.conf ' +
  'resolv.conf.predhclient ssh/ sysconfig/ yp.conf';
const others =
  '/root/.ssh/ /tmp/ /var/account/ /var/cache/man/ /var/lib/nfs/ /var/log/ /var/run/ ' +
  '/var/spool/cron/ /xcatpost/';
const table = [...inEtc.split(' ').map((name) => `/etc/${name}`), ...others.split(' ')];

/** The commands of reference section 10 that concern the tables, as they are printed there. */
const commands = [
  'mkdef img -u profile=compute provmethod=statelite osvers=rhels9.4 osarch=x86_64',
  'tabrestore litefile.csv',
  'chtab node=cn1 statelite.statemnt=mn:/nodedata',
  'chtab priority=4.7 policy.commands=litefile policy.rule=allow',
  'chtab priority=4.8 policy.commands=litetree policy.rule=allow',
  'chdef -t osimage img rootfstype=nfs nfsrootopts=noac',
];

async function prepared(mn: Management): Promise<void> {
  await mn.run('nodeadd', 'cn1', 'groups=compute', 'nodetype.os=rhels9.4', 'nodetype.arch=x86_64');
  await mn.run('nodech', 'cn1', 'nodetype.profile=compute', 'nodetype.provmethod=img');
  const rows = table.map((path) => `"ALL","${path}","tmpfs",,`);
  await mn.write('litefile.csv', `#image,file,options,comments,disable\n${rows.join('\n')}\n`);
  for (const command of commands) {
    const { code, err } = await mn.run(...command.split(' '));
    expect([command, code, err]).toEqual([command, 0, '']);
  }
}

test('the commands of the regression tests work unchanged, and again', async ({ mn }) => {
  await prepared(mn);
  const policy = await mn.run('tabdump', 'policy');
  for (const command of commands.slice(1)) {
    expect([command, (await mn.run(...command.split(' '))).code]).toEqual([command, 0]);
  }
  expect((await mn.run('tabdump', 'policy')).out).toEqual(policy.out);
});

test.for(['lslite cn1', 'lslite -i img', 'litefile cn1', 'litetree cn1'])(
  '%s shows no error',
  async (line, { mn }) => {
    await prepared(mn);
    const { code, out, err } = await mn.run(...line.split(' '));
    expect([code, err]).toEqual([0, '']);
    expect(out.join('\n')).not.toContain('Error');
    if (line === 'litetree cn1') return;
    for (const path of ['/xcatpost', '/etc/mtab']) expect(out.join('\n')).toContain(path);
  },
);

test('a root that would be writable is refused, and the old value stays', async ({ mn }) => {
  await prepared(mn);
  const { code, err } = await mn.run('chdef', '-t', 'osimage', 'img', 'nfsrootopts=rw');
  expect(code).toBe(1);
  expect(err).toContain(
    "nfsrootopts cannot contain 'rw'; statelite NFS roots are always read-only",
  );
  expect((await mn.run('lsdef', '-t', 'osimage', 'img', '-i', 'nfsrootopts', '-c')).out).toEqual([
    'img: nfsrootopts=noac',
  ]);
});
