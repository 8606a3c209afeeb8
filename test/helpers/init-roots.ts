import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * What a test asks of a running node by files in /shared: `ask` for a copy of its log, which
 * `answered` tells; `down` for a shutdown.
 */
const waiting = (shutdown: string) => `#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
while ! [ -e /shared/ask ]; do sleep 0.1; done
cp /var/log/xcat/xcat.log /shared/
: >/shared/answered
while ! [ -e /shared/down ]; do sleep 0.1; done
${shutdown}
`;

/** A root of busybox and openssl alone, on a tmpfs: an inittab, and a script as PID 1's first. */
export function busyboxRoot(root: string): void {
  mount('-t', 'tmpfs', 'tmpfs', root);
  const busybox = '/bin/busybox';
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).split('\n');
  mkdirSync(join(root, 'bin'));
  copyFileSync(busybox, join(root, 'bin/busybox'));
  for (const directory of ['sbin', 'proc', 'run', 'var/log', 'etc', 'tmp', 'xcatpost', 'dev']) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  for (const applet of applets.filter((each) => each !== '' && each !== 'busybox')) {
    symlinkSync('busybox', join(root, 'bin', applet));
  }
  symlinkSync('../bin/busybox', join(root, 'sbin/init'));
  withLibraries(root, '/usr/bin/openssl');
  devices(root);
  write(
    root,
    'etc/inittab',
    '::sysinit:/etc/rcS\n::once:/etc/waiting\n::shutdown:/bin/echo network down\n',
  );
  write(
    root,
    'etc/rcS',
    '#!/bin/sh\nmount -t tmpfs -o noexec tmpfs /run\nmount -t tmpfs tmpfs /var/log\n',
  );
  write(root, 'etc/waiting', waiting('poweroff'));
}

/** These run as they are; of the others only what they are ordered by is left. */
const real = ['mountkernfs.sh', 'sendsigs', 'halt', 'rc', 'rcS'];

/**
 * A root like this machine's, with Debian's sysvinit in place of its init, unpacked at `packages`:
 * services start at the same time, as insserv(8) says.
 */
export function sysvinitRoot(root: string, packages: string, work: string): void {
  const scratch = join(work, 'scratch');
  mkdirSync(scratch);
  mount('-t', 'tmpfs', 'tmpfs', scratch);
  for (const name of ['upper', 'hidden']) mkdirSync(join(scratch, name));
  const options = `lowerdir=/,upperdir=${scratch}/upper,workdir=${scratch}/hidden`;
  mount('-t', 'overlay', 'overlay', '-o', options, root);
  for (const path of ['etc/init.d', 'sbin/init', 'run', 'xcatpost']) {
    rmSync(join(root, path), { recursive: true, force: true });
  }
  for (const level of '0123456S')
    rmSync(join(root, `etc/rc${level}.d`), { recursive: true, force: true });
  // Through the root's own links of /bin, /sbin and /lib.
  for (const name of readdirSync(packages)) {
    execFileSync('cp', [
      '-a',
      '--remove-destination',
      `${join(packages, name)}/.`,
      `${join(root, name)}/`,
    ]);
  }
  for (const path of ['run', 'xcatpost']) mkdirSync(join(root, path), { recursive: true });
  for (const path of ['dev', 'var/log']) mount('-t', 'tmpfs', 'tmpfs', join(root, path));
  devices(root);

  const scripts = join(root, 'etc/init.d');
  for (const name of ['networking', 'rsyslog']) write(root, `etc/init.d/${name}`, facility(name));
  const names = readdirSync(scripts).filter((name) => !['README', 'rc', 'rcS'].includes(name));
  for (const name of names.filter((each) => !real.includes(each))) {
    const lines = readFileSync(join(scripts, name), 'utf8').split('\n');
    const comments = lines.filter((line) => line.startsWith('#'));
    write(root, `etc/init.d/${name}`, `${comments.join('\n')}\n`);
  }
  execFileSync('chroot', [root, 'insserv', ...names], { stdio: 'pipe' });
  write(root, 'etc/default/halt', 'NETDOWN=no\n');
  write(root, 'etc/fstab', '');
  const inittab = readFileSync(join(root, 'usr/share/sysvinit/inittab'), 'utf8');
  const kept = inittab.split('\n').filter((line) => !/getty|^#/u.test(line));
  write(root, 'etc/inittab', `${kept.join('\n')}\nwt:2345:once:/etc/waiting\n`);
  write(root, 'etc/waiting', waiting('/sbin/init 0'));
}

const facility = (name: string) => `#!/bin/sh
### BEGIN INIT INFO
# Provides:          ${name}
# Required-Start:    mountkernfs
# Required-Stop:
# Default-Start:     ${name === 'networking' ? 'S' : '2 3 4 5'}
# Default-Stop:      0 6
### END INIT INFO
`;

function withLibraries(root: string, program: string): void {
  const listed = execFileSync('ldd', [program], { encoding: 'utf8' });
  const libraries = [...listed.matchAll(/(\/\S+) \(/gu)].map(([, path = '']) => path);
  for (const path of [program, ...libraries]) {
    const place = join(root, path);
    mkdirSync(dirname(place), { recursive: true });
    copyFileSync(path, place);
  }
}

/** Some of this machine's devices, and no others. */
function devices(root: string): void {
  for (const name of ['null', 'zero', 'full', 'random', 'urandom']) {
    const place = join(root, 'dev', name);
    writeFileSync(place, '');
    mount('--bind', join('/dev', name), place);
  }
  execFileSync('mkfifo', [join(root, 'dev/console')]);
}

function write(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content, { mode: 0o755 });
}

function mount(...options: string[]): void {
  execFileSync('mount', options, { stdio: 'pipe' });
}
