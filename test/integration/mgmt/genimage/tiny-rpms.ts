import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The release of the fake kernel, as `uname -r` would say it. */
export const tinyKernel = '6.1.0-1.tiny';

const common = `
%global debug_package %{nil}
%global __os_install_post %{nil}
%global _build_id_links none
AutoReqProv: no
`;
const head = (name: string, version: string) => `
Name: ${name}
Version: ${version}
Release: 1
Summary: ${name}
License: none
`;
const body = (description: string) => `%description\n${description}\n`;

/** A whole distribution in a few kilobytes: directories and a shell, a kernel, and some tools. */
const distribution = `${common}${head('filesystem', '1')}Provides: /bin/sh
${body('directories, accounts and a shell')}
%package -n kernel
Summary: kernel
Requires: filesystem
${body('').replace('%description', '%description -n kernel')}
%package -n tool
Summary: tool
Requires: filesystem
${body('').replace('%description', '%description -n tool')}
%package -n wished
Summary: wished
${body('').replace('%description', '%description -n wished')}
%package -n unwanted
Summary: unwanted
${body('').replace('%description', '%description -n unwanted')}
%install
for d in etc/selinux usr/bin usr/lib usr/lib64 usr/share/doc var/lib proc sys dev run root tmp boot; do
  mkdir -p %{buildroot}/$d
done
ln -s usr/bin %{buildroot}/bin
ln -s usr/lib %{buildroot}/lib
cp /usr/bin/busybox %{buildroot}/usr/bin/busybox
ln -s busybox %{buildroot}/usr/bin/sh
echo 'root:x:0:0::/root:/bin/sh' > %{buildroot}/etc/passwd
echo 'root:*:1::::::' > %{buildroot}/etc/shadow
echo 'SELINUX=enforcing' > %{buildroot}/etc/selinux/config
echo kernel > %{buildroot}/boot/vmlinuz-${tinyKernel}
mkdir -p %{buildroot}/usr/lib/modules/${tinyKernel}/kernel
for name in tool wished unwanted; do echo $name 1 > %{buildroot}/usr/share/$name; done
echo manual > %{buildroot}/usr/share/doc/tool
%post -n tool
{
  echo "root $(/bin/busybox ls / | /bin/busybox wc -l), mode $MODE, home $HOME"
  /bin/busybox test -d /proc/self && echo proc
  echo x > /dev/null && echo null
  /bin/busybox test -d /sys/kernel && echo sys
  /bin/busybox touch /sys/kernel/x /dev/sda 2> /dev/null || echo read-only
  echo x > /run/leak
} > /etc/tool.post
%post -n kernel
echo "$KERNEL_INSTALL_BYPASS" > /etc/kernel.post
%files
%dir /proc
%dir /sys
%dir /dev
%dir /run
/bin
/lib
/etc/passwd
/etc/shadow
/etc/selinux
/root
/tmp
/usr/bin
/usr/lib64
/var/lib
%files -n kernel
/boot/vmlinuz-${tinyKernel}
/usr/lib/modules
%files -n tool
/usr/share/tool
%doc /usr/share/doc/tool
%files -n wished
/usr/share/wished
%files -n unwanted
/usr/share/unwanted
`;

const single = (name: string, version: string) => `${common}${head(name, version)}${body(name)}
%install
mkdir -p %{buildroot}/usr/share
echo ${name} ${version} > %{buildroot}/usr/share/${name}
%files
/usr/share/${name}
`;

const groups = `<comps><group><id>core</id><name>Core System</name><description/><default>true</default>
<uservisible>true</uservisible><packagelist>
<packagereq type="mandatory">filesystem</packagereq><packagereq type="mandatory">tool</packagereq>
<packagereq type="default">unwanted</packagereq></packagelist></group></comps>`;

/** Places of the packages below a directory; `other` and `other/sub` have no metadata. */
export interface TinyRpms {
  readonly media: string;
  readonly other: string;
}

/** Builds them by rpmbuild: media with metadata and a group, and packages that a site adds. */
export function buildTinyRpms(directory: string): TinyRpms {
  const media = join(directory, 'media');
  const other = join(directory, 'otherpkgs');
  rpmbuild(directory, distribution, join(media, 'BaseOS/Packages'));
  rpmbuild(directory, single('added', '1'), other);
  rpmbuild(directory, single('tool', '2'), other);
  rpmbuild(directory, single('deep', '1'), join(other, 'sub'));
  writeFileSync(join(directory, 'comps.xml'), groups);
  const groupfile = ['--groupfile', join(directory, 'comps.xml')];
  execFileSync('createrepo_c', ['--quiet', ...groupfile, join(media, 'BaseOS')]);
  return { media, other };
}

/** One package without scripts, for several architectures, in a repository; returns its directory. */
export function buildForeignRpms(directory: string, architectures: readonly string[]): string {
  const media = join(directory, 'media');
  for (const target of architectures) rpmbuild(directory, single('thing', '1'), media, target);
  execFileSync('createrepo_c', ['--quiet', media]);
  return media;
}

/** Builds the packages of a spec file, in a directory that may be used for nothing else meanwhile. */
export function rpmbuild(directory: string, spec: string, into: string, target?: string): void {
  const path = join(directory, 'packages.spec');
  writeFileSync(path, spec);
  mkdirSync(into, { recursive: true });
  const defines = {
    _topdir: join(directory, 'rpmbuild'),
    _rpmdir: into,
    _rpmfilename: '%%{NAME}-%%{VERSION}.%%{ARCH}.rpm',
  };
  const words = Object.entries(defines).flatMap(([name, value]) => [
    '--define',
    `${name} ${value}`,
  ]);
  execFileSync(
    'rpmbuild',
    ['--quiet', '-bb', ...(target === undefined ? [] : ['--target', target]), ...words, path],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
}
