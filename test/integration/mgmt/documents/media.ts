import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plantTree } from '../../../helpers/tree.ts';
import { rpmbuild } from '../genimage/tiny-rpms.ts';

/** The kernel of the media. */
export const mediaKernel = '2.6.32.10-0.4-ppc64';
/** The new one of the cookbook's section 2.11. */
const newKernel = '2.6.32.10-0.5-ppc64';
/** Drivers that the documents name. */
const drivers = ['mlx4_core', 'mlx4_en', 'igb', 'bnx2', 'ehea'];
const builtIn = ['nfs', 'nfsv3', 'nfsv4'].map((name) => `kernel/fs/${name}.ko\n`).join('');

const head = (name: string) => `
%global __os_install_post %{nil}
%global _build_id_links none
%global _binaries_in_noarch_packages_terminate_build 0
AutoReqProv: no
BuildArch: noarch
Name: ${name}
Version: 1
Release: 1
Summary: ${name}
License: none
%description
${name}
`;

/** Of no architecture: a document's own one can be installed on any machine. */
const base = (kernels: string) => `${head('base')}
%package -n kernel
Summary: kernel
%description -n kernel
kernel
%install
cd %{buildroot}
mkdir -p etc/ssh usr/bin usr/lib usr/share var/lib var/log proc sys dev run root tmp boot
ln -s usr/bin usr/lib .
cp /usr/bin/busybox usr/bin
ln -s busybox usr/bin/sh
echo 'root:x:0:0::/root:/bin/sh' > etc/passwd
echo 'root:*:1::::::' > etc/shadow
echo 'server 127.127.1.0' > etc/ntp.conf
echo 'Port 22' > etc/ssh/sshd_config
echo old > boot/vmlinux-${mediaKernel}
mkdir -p usr/lib/modules
cp -r ${kernels}/${mediaKernel} usr/lib/modules
%files
/bin
/lib
/etc
/usr/bin
/usr/share
/var
/proc
/sys
/dev
/run
/root
/tmp
%dir /boot
%files -n kernel
/boot/vmlinux-${mediaKernel}
/usr/lib/modules
`;

const own = (name: string) => `${head(name)}
%install
mkdir -p %{buildroot}/usr/share
echo ${name} > %{buildroot}/usr/share/${name}
%files
/usr/share/${name}
`;

/**
 * Below `<directory>/iso`, `/media` and `/opt/xcat`: the discs that the documents name, packages of a
 * site, new kernels, and the profile files of an installed xCAT.
 */
export function makeMedia(directory: string): void {
  const at = (...parts: string[]) => join(directory, ...parts);
  for (const release of [mediaKernel, newKernel]) makeModules(at('media/kernel', release));
  writeFileSync(at(`media/kernel/vmlinux-${newKernel}`), 'new');
  rpmbuild(directory, base(at('media/kernel')), at('media/packages'));
  for (const name of ['own', 'other', 'dep', 'update']) {
    rpmbuild(directory, own(name), at('media', name));
  }
  createrepo(at('media/dep'));
  createrepo(at('media/packages'));
  mkdirSync(at('iso'));
  makeDisc(directory, 'RHEL5.2-Server-20080430.0-x86_64-DVD', '5.2', 'x86_64');
  makeDisc(directory, 'RHEL5.3-Server-x86_64-DVD', '5.3', 'x86_64');
  makeDisc(directory, 'RHEL-7.3-20161019.0-Server-x86_64-dvd1', '7.3', 'x86_64');
  plantTree(at('opt/xcat/share/xcat'), {
    'netboot/rh/compute.pkglist': 'base\n',
    'netboot/rh/compute.rhels7.x86_64.pkglist': 'base\n',
    'netboot/rh/compute.exlist': './usr/share/*\n',
    'netboot/sles/compute.pkglist': 'base\nkernel\n',
    'netboot/add-on/statelite': { dir: 0o755 },
  });
}

/** Modules as small as depmod takes them. */
function makeModules(path: string): void {
  const net = join(path, 'kernel/drivers/net');
  mkdirSync(net, { recursive: true });
  writeFileSync(join(path, 'modules.builtin'), builtIn);
  const input =
    '__attribute__((section(".modinfo"), used)) static const char i[] = "license=GPL";\n';
  for (const driver of drivers) {
    const argv = ['-c', '-x', 'c', '-', '-o', join(net, `${driver}.ko`)];
    execFileSync('gcc', argv, { input });
  }
}

function makeDisc(directory: string, name: string, version: string, arch: string): void {
  const tree = join(directory, 'media', name);
  cpSync(join(directory, 'media/packages'), join(tree, 'Server'), { recursive: true });
  const description = `Red Hat Enterprise Linux ${version.startsWith('5') ? 'Server ' : ''}${version}`;
  writeFileSync(join(tree, '.discinfo'), `1199999999.515430\n${description}\n${arch}\n1\n`);
  const iso = join(directory, 'iso', `${name}.iso`);
  execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-R', '-J', '-o', iso, tree], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

function createrepo(path: string): void {
  execFileSync('createrepo_c', ['--quiet', path]);
}
