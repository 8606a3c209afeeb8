import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { tables } from '../../../../mgmt/db/tables.ts';
import { hostileNames } from '../../../helpers/hostile.ts';
import { management, type Management } from '../../../helpers/mgmt.ts';
import { test } from '../../../helpers/mgmt-test.ts';

const made = (count: number) => `${count} object definitions have been created or modified.`;
const removed = (count: number) => `${count} object definitions have been removed.`;

/** Runs a command that must succeed; returns its lines. */
async function succeed(mn: Management, ...argv: string[]): Promise<string[]> {
  const { code, out, err } = await mn.run(...argv);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

/** The rows of a table as CSV lines, without the heading. */
const dump = async (mn: Management, table: string) =>
  (await succeed(mn, 'tabdump', table)).slice(1);

describe('mkdef', () => {
  test('makes nodes from a range, which needs groups', async ({ mn }) => {
    const words = ['n[1-2]', 'groups=compute,all', 'ip=10.0.0.1', 'unit=7'];
    expect(await succeed(mn, 'mkdef', ...words)).toEqual([made(2)]);
    expect(await dump(mn, 'nodepos')).toEqual(['"n1",,"7",,,,,,', '"n2",,"7",,,,,,']);
    const { code, err } = await mn.run('mkdef', '-t', 'node', '-o', 'n3', 'os=x');
    expect(code).toBe(2);
    expect(err).toContain("Attribute 'groups' is not specified for node 'n3'.");
  });

  test('refuses what there is already, and with -f makes it anew', async ({ mn }) => {
    await succeed(mn, 'mkdef', 'n1', 'groups=all', 'os=x', 'rack=1');
    const again = await mn.run('mkdef', 'n1', 'groups=compute');
    expect(again.code).toBe(1);
    expect(again.err).toContain("A definition for 'n1' already exists.");
    expect(again.err).toContain('mkdef -f');
    await succeed(mn, 'mkdef', '-f', 'n1', 'groups=compute');
    expect(await dump(mn, 'nodepos')).toEqual([]);
    expect(await succeed(mn, 'lsdef', 'n1', '-i', 'groups,os')).toEqual([
      'Object name: n1',
      '    groups=compute',
      '    os=',
    ]);
  });

  test('changes nothing if one of several objects is refused', async ({ mn }) => {
    await succeed(mn, 'mkdef', 'n2', 'groups=all');
    expect((await mn.run('mkdef', 'n1,n2,n3', 'groups=all')).code).toBe(1);
    expect(await succeed(mn, 'lsdef', '-t', 'node')).toEqual(['n2  (node)']);
  });

  test('-d makes a dynamic group, which chdef changes', async ({ mn }) => {
    await succeed(mn, 'mkdef', 'n[1-2]', 'groups=all', 'mgt=ipmi');
    await succeed(mn, 'mkdef', '-t', 'group', '-o', 'dyn', '-d', '-w', 'mgt==ipmi');
    const long = ['lsdef', '-t', 'group', '-o', 'dyn', '-i', 'members,wherevals', '-c'];
    expect(await succeed(mn, ...long)).toEqual(['dyn: members=n1,n2', 'dyn: wherevals=mgt==ipmi']);
    await succeed(mn, 'chdef', 'n2', 'cons=ipmi');
    await succeed(mn, 'chdef', '-t', 'group', '-o', 'dyn', '-d', '-p', '-w', 'cons==ipmi');
    expect(await succeed(mn, ...long)).toEqual([
      'dyn: members=n2',
      'dyn: wherevals=mgt==ipmi::cons==ipmi',
    ]);
    await succeed(mn, 'chdef', '-t', 'group', '-o', 'dyn', '-d', '-m', '-w', 'mgt==ipmi');
    expect((await succeed(mn, ...long))[1]).toBe('dyn: wherevals=cons==ipmi');
  });

  test('makes rows of the statelite tables, networks, policies and settings', async ({ mn }) => {
    await mn.run('nodeadd', 'n1', 'groups=compute');
    await succeed(mn, 'mkdef', '-t', 'osimage', '-o', 'img', 'provmethod=statelite');
    await succeed(mn, 'mkdef', '-t', 'litefile', '-o', 'ALL:/etc/a,b,img:/c', 'options=ro');
    await succeed(mn, 'mkdef', '-t', 'litetree', '1.0:img', 'directory=mn:/t/$node');
    await succeed(mn, 'mkdef', '-t', 'statelite', 'compute', 'statemnt=$noderes.nfsserver:/s');
    await succeed(mn, 'mkdef', '-t', 'policy', '-o', '7.0', 'name=admin1', 'rule=allow');
    const net = ['net=10.0.0.0', 'mask=255.0.0.0'];
    await succeed(mn, 'mkdef', '-t', 'network', '-o', 'net1', ...net);
    await succeed(mn, 'mkdef', '-t', 'site', '-o', 'clustersite', 'domain=x.org');
    expect(await dump(mn, 'litefile')).toEqual(['"ALL","/etc/a,b","ro",,', '"img","/c","ro",,']);
    expect(await dump(mn, 'litetree')).toEqual(['"1.0","img","mn:/t/$node",,,']);
    expect(await dump(mn, 'statelite')).toEqual(['"compute",,"$noderes.nfsserver:/s",,,']);
    expect(await succeed(mn, 'lsdef', '-t', 'policy', '7.0')).toEqual([
      'Object name: 7.0',
      '    name=admin1',
      '    rule=allow',
    ]);
    expect(await succeed(mn, 'lsdef', '-t', 'network', '-l')).toEqual([
      'Object name: net1',
      '    mask=255.0.0.0',
      '    net=10.0.0.0',
    ]);
  });

  test('warns of a row for an image that nobody has', async ({ mn }) => {
    const { code, err } = await mn.run('mkdef', '-t', 'litefile', 'img:/c', 'options=ro');
    expect(code).toBe(0);
    expect(err).toMatch(/warning: .*img/u);
  });

  test('takes hostile paths and values as they are', async ({ mn }) => {
    for (const name of hostileNames) {
      await succeed(mn, 'mkdef', '-t', 'litefile', '-o', `ALL:/h/${name}`, `usercomment=${name}`);
    }
    const rows = await mn.store().select(tables.litefile);
    expect(rows.map(({ file }) => file)).toEqual(hostileNames.map((name) => `/h/${name}`));
    expect(rows.map(({ comments }) => comments)).toEqual([...hostileNames]);
  });
});

describe('mkdef -u', () => {
  test('fills in an image from the files of its profile, as the design document has it', async ({
    mn,
  }) => {
    const directory = join(mn.directory, 'install/custom/netboot/debian');
    await mkdir(directory, { recursive: true });
    for (const name of ['compute.debian12.x86_64.pkglist', 'compute.exlist']) {
      await writeFile(join(directory, name), '');
    }
    await writeFile(join(directory, 'compute.debian12.postinstall'), '');
    const words = ['profile=compute', 'provmethod=statelite', 'osvers=debian12', 'osarch=x86_64'];
    const image = 'rhels7.3-custom-statelite';
    expect(await succeed(mn, 'mkdef', image, '-u', ...words)).toEqual([made(1)]);
    const install = join(mn.directory, 'install');
    expect(await succeed(mn, 'lsdef', '-t', 'osimage', image)).toEqual([
      `Object name: ${image}`,
      `    exlist=${directory}/compute.exlist`,
      '    imagetype=linux',
      '    osarch=x86_64',
      '    osdistroname=debian12-x86_64',
      '    osname=Linux',
      '    osvers=debian12',
      `    otherpkgdir=${install}/post/otherpkgs/debian12/x86_64`,
      `    pkgdir=${install}/debian12/x86_64`,
      `    pkglist=${directory}/compute.debian12.x86_64.pkglist`,
      `    postinstall=${directory}/compute.debian12.postinstall`,
      '    profile=compute',
      '    provmethod=statelite',
      `    rootimgdir=${install}/netboot/debian12/x86_64/compute`,
    ]);
    await writeFile(join(directory, 'service.pkglist'), '');
    await succeed(mn, 'chdef', image, '-u', 'profile=service');
    const { out } = await mn.run('lsdef', '-t', 'osimage', image, '-i', 'pkglist,osvers', '-c');
    expect(out).toEqual([
      `${image}: osvers=debian12`,
      `${image}: pkglist=${directory}/service.pkglist`,
    ]);
  });

  test('takes system and architecture of the copied distribution that its name begins with', async ({
    mn,
  }) => {
    await mn.store().upsert(tables.osdistro, {
      osdistroname: 'rhels7.3-ppc64le',
      arch: 'ppc64le',
    });
    const words = ['-u', 'profile=compute', 'provmethod=statelite'];
    await succeed(mn, 'mkdef', 'rhels7.3-custom-statelite', ...words);
    await succeed(mn, 'mkdef', 'rhels7.3-mine', ...words, 'osvers=debian12', 'osarch=x86_64');
    expect(await mn.store().select(tables.osimage)).toMatchObject([
      { osvers: 'rhels7.3', osarch: 'ppc64le' },
      { osvers: 'debian12', osarch: 'x86_64' },
    ]);
  });

  test('takes system and architecture of this machine, and names what is missing', async ({
    mn,
  }) => {
    await succeed(mn, 'mkdef', 'img', '-u', 'profile=compute', 'provmethod=statelite');
    const [row] = await mn.store().select(tables.osimage);
    expect(row?.osvers).toMatch(/^[a-z]+\d/u);
    const { code, err } = await mn.run('mkdef', 'img2', '-u', 'osvers=debian12');
    expect(code).toBe(2);
    expect(err).toContain('-u needs profile and provmethod');
    const node = await mn.run('mkdef', '-t', 'node', 'n1', '-u', 'groups=all');
    expect(node.err).toContain("Option '-u' can not work with");
  });
});

describe('chdef', () => {
  test('works as the design document prints it', async ({ mn }) => {
    const image = ['-t', 'osimage', '-o', 'rhels7.3-custom-statelite'];
    const given = {
      pkgdir: '/install/rhels7.3/ppc64le',
      pkglist: '/install/test/netboot/rh/compute.rhels7.ppc64le.pkglist',
      exlist: '/install/test/netboot/rh/compute.exlist',
    };
    const words = Object.entries(given).map((pair) => pair.join('='));
    expect(await succeed(mn, 'chdef', ...image, ...words)).toEqual([
      made(1),
      "New object definitions 'rhels7.3-custom-statelite' have been created.",
    ]);
    await succeed(mn, 'chdef', ...image, 'otherpkgdir=/install/test/post/otherpkgs/rh/ppc64le');
    await succeed(mn, 'chdef', ...image, 'postinstall=<your postinstall file path>.');
    expect(await succeed(mn, 'chdef', ...image, 'rootfstype=ramdisk')).toEqual([made(1)]);
    const [row] = await mn.store().select(tables.linuximage);
    expect(row).toMatchObject({ ...given, postinstall: '<your postinstall file path>.' });
    await succeed(mn, 'mkdef', 'n1', 'groups=all', 'provmethod=rhels7.3-custom-statelite');
    expect(await succeed(mn, 'lsdef', 'all', '-i', 'provmethod')).toEqual([
      'Object name: n1',
      '    provmethod=rhels7.3-custom-statelite',
    ]);
  });

  test('adds to lists with -p and takes from them with -m', async ({ mn }) => {
    await succeed(mn, 'mkdef', 'n1', 'groups=all');
    await succeed(mn, 'chdef', '-p', '-t', 'node', '-o', 'n1', 'groups=compute,all');
    await succeed(mn, 'chdef', '-m', '-t', 'node', '-o', 'n1', 'groups=all');
    expect(await succeed(mn, 'lsdef', 'n1', '-i', 'groups', '-c')).toEqual(['n1: groups=compute']);
  });

  test('refuses rw for the root in the words of xCAT and keeps the old value', async ({ mn }) => {
    const image = ['chdef', '-t', 'osimage', '-o', 'img'];
    await succeed(mn, ...image, 'nfsrootopts=noac');
    const sentence = "nfsrootopts cannot contain 'rw'; statelite NFS roots are always read-only";
    for (const words of [['nfsrootopts=rw'], ['-p', 'nfsrootopts=rw']]) {
      const { code, err } = await mn.run(...image, ...words);
      expect(code).toBe(1);
      expect(err).toContain(sentence);
    }
    expect(await succeed(mn, 'lsdef', '-t', 'osimage', 'img', '-i', 'nfsrootopts', '-c')).toEqual([
      'img: nfsrootopts=noac',
    ]);
  });

  test('a blank value hides what a group says, or takes the own one away', async ({ mn }) => {
    await succeed(mn, 'mkdef', 'n[1-2]', 'groups=compute', 'os=x');
    await succeed(mn, 'chdef', '-t', 'group', '-o', 'compute', 'arch=x86_64');
    await succeed(mn, 'chdef', 'n1', 'arch=', 'os=');
    expect(await succeed(mn, 'lsdef', 'n1')).not.toContain('    arch=x86_64');
    expect(await succeed(mn, 'lsdef', 'n2')).toContain('    arch=x86_64');
    const [row] = await mn.store().select(tables.nodetype, { node: 'n1' });
    expect(row).toMatchObject({ arch: '|^.*$||', os: null });
    await succeed(mn, 'chdef', '-t', 'site', 'domain=x.org');
    await succeed(mn, 'chdef', '-t', 'site', 'domain=');
    expect(await mn.store().select(tables.site)).toEqual([]);
  });

  test('changes the objects that -w selects', async ({ mn }) => {
    await succeed(mn, 'mkdef', 'n[1-3]', 'groups=all', 'os=a');
    await succeed(mn, 'chdef', 'n2', 'os=b');
    await succeed(mn, 'chdef', '-t', 'node', '-w', 'os==b', 'rack=7');
    expect(await dump(mn, 'nodepos')).toEqual(['"n2","7",,,,,,,']);
  });

  test('-n renames an image and says what else changed', async ({ mn }) => {
    await succeed(mn, 'chdef', '-t', 'osimage', '-o', 'img', 'rootimgdir=/r');
    await succeed(mn, 'mkdef', '-t', 'litefile', '-o', 'img:/a', 'options=ro');
    await succeed(mn, 'mkdef', 'n1', 'groups=all', 'provmethod=img');
    expect(await succeed(mn, 'chdef', '-t', 'osimage', '-o', 'img', '-n', 'new')).toEqual([
      made(1),
      'litefile.image of 1 rows has the new name.',
      'nodetype.provmethod of 1 rows has the new name.',
    ]);
    expect(await dump(mn, 'litefile')).toEqual(['"new","/a","ro",,']);
    const { err } = await mn.run('chdef', '-t', 'osimage', '-o', 'img', '-n', 'other');
    expect(err).toContain("Could not find an object named 'img' of type 'osimage'.");
  });

  test('warns of litefile rows that do not go together, as chtab does', async ({ mn }) => {
    await succeed(mn, 'mkdef', '-t', 'litefile', 'ALL:/a/', 'options=link');
    const { code, err } = await mn.run('mkdef', '-t', 'litefile', 'ALL:/a/b', 'options=persistent');
    expect(code).toBe(0);
    expect(err).toContain('warning: ');
    expect(err).toContain('/a/b');
  });

  test('warns of capital letters in the names of new nodes', async ({ mn }) => {
    const { err } = await mn.run('mkdef', 'N1', 'groups=all');
    expect(err).toContain('N1');
  });

  test.for<[string[], number, string]>([
    [['n1'], 2, 'say what to change'],
    [['os=x'], 2, 'say which objects'],
    [['n1', 'bogus=x'], 1, "'bogus' is not a valid attribute name for an object type of 'node'."],
    [['n1', 'provmethid=x'], 1, 'did you mean provmethod?'],
    [['n1', '-p', '-m', 'os=x'], 2, 'exclude each other'],
    [['n1', '-t', 'nods', 'os=x'], 2, 'did you mean node?'],
    [['n1', '-o', 'n2', 'os=x'], 2, 'n1 is no attr=value'],
    [['n1,n2', '-n', 'n3'], 2, 'only one object'],
    [['-t', 'site', 'clustersite', '-n', 'x'], 2, 'cannot be renamed'],
    [['n9', 'os=x'], 2, "'groups' is not specified for node 'n9'"],
    [['n/9', 'groups=all'], 2, 'cannot be the name'],
    [['n1', '--template', 'x'], 2, 'there are no templates'],
    [['-t', 'group', 'g', 'wherevals=nonsense'], 1, 'is no condition'],
    [['-t', 'group', 'g', '-d', '-w', 'bogus==x'], 1, "'bogus' is not a valid attribute name"],
    [['-t', 'litefile', 'ALL:/proc/x', 'options=ro'], 1, '/proc'],
    [['-t', 'site', 'a b=c'], 2, 'say what to change'],
  ])('%j is refused and changes nothing', async ([argv, status, message], { mn }) => {
    await succeed(mn, 'mkdef', 'n[1-2]', 'groups=all');
    const { code, err } = await mn.run('chdef', ...argv);
    expect(err).toContain(message);
    expect(code).toBe(status);
    expect(await succeed(mn, 'lsdef', '-t', 'node')).toEqual(['n1  (node)', 'n2  (node)']);
  });
});

describe('rmdef', () => {
  test('removes a node from every table of nodes', async ({ mn }) => {
    await succeed(mn, 'mkdef', 'n[1-2]', 'groups=all', 'os=x', 'rack=1', 'chain=boot');
    await succeed(mn, 'mkdef', '-t', 'statelite', 'n1', 'statemnt=mn:/s');
    expect(await succeed(mn, 'rmdef', '-t', 'node', 'n1')).toEqual([removed(1)]);
    for (const table of ['nodelist', 'nodetype', 'nodepos', 'chain', 'statelite']) {
      expect((await dump(mn, table)).join('')).not.toContain('n1');
    }
  });

  test('removes a group and takes it from its members', async ({ mn }) => {
    await succeed(mn, 'mkdef', 'n1', 'groups=compute,all');
    await succeed(mn, 'chdef', '-t', 'group', '-o', 'compute', 'os=x');
    await succeed(mn, 'rmdef', '-t', 'group', '-o', 'compute');
    expect(await succeed(mn, 'lsdef', 'n1', '-i', 'groups,os', '-c')).toEqual([
      'n1: groups=all',
      'n1: os=',
    ]);
  });

  test('of an image warns of what names it; -C removes rows', async ({ mn }) => {
    const prepare = async () => {
      await succeed(mn, 'chdef', '-t', 'osimage', '-o', 'img', 'rootimgdir=/r');
      await succeed(mn, 'chdef', '-t', 'litefile', '-o', 'img:/a', 'options=ro');
      await succeed(mn, 'chdef', 'n1', 'groups=all', 'provmethod=img');
    };
    await prepare();
    const { code, out, err } = await mn.run('rmdef', '-t', 'osimage', '-o', 'img');
    expect({ code, out }).toEqual({ code: 0, out: [removed(1)] });
    expect(err).toContain('still there: litefile: 1 rows');
    expect(err).toContain('still there: nodetype.provmethod of n1');
    expect(await dump(mn, 'linuximage')).toEqual([]);
    await prepare();
    expect((await mn.run('rmdef', '-C', '-t', 'osimage', 'img')).err).toContain('removed too');
    expect(await dump(mn, 'litefile')).toEqual([]);
  });

  test('the boot files of a node go with it; where site.pruneservices says no, with -C', async ({
    mn,
  }) => {
    const words = ['groups=all', 'ip=10.0.0.5', 'mac=52:54:00:00:00:05', 'arch=x86_64'];
    await succeed(mn, 'mkdef', 'n1', ...words, 'netboot=xnba');
    await mn.run('nodeset', 'n1', 'boot');
    const files = join(mn.directory, 'tftpboot/xcat/xnba/nodes');
    expect(await readdir(files)).toEqual(['n1']);
    await succeed(mn, 'rmdef', 'n1');
    expect(await readdir(files)).toEqual([]);

    await succeed(mn, 'chtab', 'key=pruneservices', 'site.value=no');
    for (const how of [['n1'], ['-C', 'n1']]) {
      await succeed(mn, 'mkdef', 'n1', ...words, 'netboot=xnba');
      await mn.run('nodeset', 'n1', 'boot');
      const { err } = await mn.run('rmdef', ...how);
      const left = how.length === 1 ? ['n1'] : [];
      expect(await readdir(files)).toEqual(left);
      expect(err.includes(`still there of n1: boot files: rm ${join(files, 'n1')}\n`)).toBe(
        left.length > 0,
      );
    }
  });

  test('-a needs -f, and may be of one type', async ({ mn }) => {
    await succeed(mn, 'mkdef', 'n[1-3]', 'groups=all');
    const { code, err } = await mn.run('rmdef', '-a');
    expect(code).toBe(2);
    expect(err).toContain("You must use the '-f' option when using the '-a' option.");
    expect(await succeed(mn, 'rmdef', '-a', '-f', '-t', 'node')).toEqual([removed(3)]);
    expect(await succeed(mn, 'rmdef', '-a', '-f', '-t', 'node')).toEqual([
      'No objects have been removed from the xCAT database.',
    ]);
    expect((await dump(mn, 'policy')).length).toBeGreaterThan(0);
    await succeed(mn, 'rmdef', '-a', '-f');
    expect(await dump(mn, 'policy')).toEqual([]);
  });

  test('names what there is not, and then removes nothing', async ({ mn }) => {
    await succeed(mn, 'mkdef', 'n1', 'groups=all');
    const { code, err } = await mn.run('rmdef', 'n1,n8,n9');
    expect(code).toBe(1);
    for (const name of ['n8', 'n9']) {
      expect(err).toContain(`Could not find an object named '${name}' of type 'node'.`);
    }
    expect(await succeed(mn, 'lsdef', '-t', 'node')).toEqual(['n1  (node)']);
  });
});

describe('a stanza file', () => {
  test('makes the objects again that lsdef wrote', async ({ mn }) => {
    await succeed(mn, 'mkdef', 'n[1-2]', 'groups=compute,all', 'usercomment=say "x", y\nz ');
    await succeed(mn, 'chdef', '-t', 'group', '-o', 'compute', 'arch=x86_64', 'ip=|10.0.0.($1+1)|');
    await succeed(mn, 'mkdef', '-t', 'litefile', 'ALL:/a b:', 'options=link', 'disable=1');
    await succeed(mn, 'chdef', '-t', 'osimage', '-o', 'img', 'rootimgdir=/r', 'groups=hpc');
    await succeed(mn, 'chdef', '-t', 'site', 'domain=x.org');
    const stanzas = await succeed(mn, 'lsdef', '-a', '-l', '-z');
    expect(stanzas[0]).toBe('# <xCAT data object stanza file>');
    await using other = await management({ stdin: async () => stanzas.join('\n') });
    await succeed(other, 'rmdef', '-a', '-f', '-t', 'policy');
    await succeed(other, 'mkdef', '-z');
    expect(await succeed(other, 'lsdef', '-a', '-l', '-z')).toEqual(stanzas);
  });

  test('changes objects of the types that -t names', async () => {
    const text = 'n1:\n objtype=node\n groups=all\ng:\n objtype=group\n os=x\n';
    await using mn = await management({ stdin: async () => text });
    expect((await succeed(mn, 'chdef', '-z', '-t', 'node', 'rack=1'))[0]).toBe(made(1));
    expect(await succeed(mn, 'lsdef', 'n1', '-i', 'groups,rack', '-c')).toEqual([
      'n1: groups=all',
      'n1: rack=1',
    ]);
    const { code, err } = await mn.run('mkdef', '-z', '-t', 'site');
    expect(code).toBe(2);
    expect(err).toContain('names no such object');
  });
});
