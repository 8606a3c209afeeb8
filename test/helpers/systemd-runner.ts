import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { json } from 'node:stream/consumers';

/** What is to be done under a systemd of its own, on a copy of this machine's root that vanishes. */
export interface SystemdPlay {
  /** A directory of this machine: the answers are `said.json` in it. It is /mnt there. */
  readonly shared: string;
  /** Files by their paths there; those of /usr/local/bin can be run. */
  readonly files: Readonly<Record<string, string>>;
  /** Programs with their words, run one after the other. */
  readonly acts: readonly (readonly string[])[];
}

export interface SystemdSaid {
  readonly code: number | null;
  readonly out: string;
}

/** The repository, there. */
export const repository = '/opt/statelite';

const lab = `[Unit]
Requires=basic.target
After=basic.target

[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=${process.execPath.replace(repositoryHere(), repository)} ${repository}/test/helpers/systemd-runner.ts acts
ExecStopPost=/bin/systemctl exit --force --force
`;

if (process.argv[2] === 'acts') perform();
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test that calls it writes it
else if (import.meta.main) become((await json(process.stdin)) as SystemdPlay);

/** From PID 1 of namespaces to systemd; never returns. */
function become({ shared, files, acts }: SystemdPlay): void {
  const root = join(shared, 'root');
  const layer = join(shared, 'layer');
  for (const directory of [root, layer]) mkdirSync(directory);
  mount('-t', 'tmpfs', 'layer', layer);
  for (const name of ['upper', 'work']) mkdirSync(join(layer, name));
  const layers = `lowerdir=/,upperdir=${layer}/upper,workdir=${layer}/work`;
  mount('-t', 'overlay', 'overlay', '-o', layers, root);
  const inside = (path: string) => join(root, path);
  mount('-t', 'proc', 'proc', inside('proc'));
  // Read-only: udev stays away from the devices of the machine.
  mount('-t', 'sysfs', '-o', 'ro', 'sysfs', inside('sys'));
  mount('-t', 'cgroup2', 'cgroup2', inside('sys/fs/cgroup'));
  for (const name of ['dev', 'run']) mount('-t', 'tmpfs', name, inside(name));
  for (const name of ['null', 'zero', 'full', 'random', 'urandom', 'tty']) {
    writeFileSync(inside(`dev/${name}`), '');
    mount('--bind', `/dev/${name}`, inside(`dev/${name}`));
  }
  symlinkSync('/proc/self/fd', inside('dev/fd'));
  // A service with devices of its own gets these from here.
  for (const name of ['pts', 'shm', 'mqueue']) mkdirSync(inside(`dev/${name}`));
  mount('-t', 'devpts', '-o', 'newinstance,ptmxmode=666', 'devpts', inside('dev/pts'));
  symlinkSync('pts/ptmx', inside('dev/ptmx'));
  for (const [name, path] of [
    ['opt/statelite', repositoryHere()],
    ['mnt', shared],
  ] as const) {
    mkdirSync(inside(name), { recursive: true });
    mount('--bind', path, inside(name));
  }
  const target = '[Unit]\nRequires=lab.service\nAllowIsolate=yes\n';
  const system = '/etc/systemd/system';
  const all = {
    '/etc/machine-id': '',
    '/etc/fstab': '',
    [`${system}/lab.target`]: target,
    [`${system}/lab.service`]: lab,
    '/mnt/acts.json': JSON.stringify(acts),
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(inside(path)), { recursive: true });
    writeFileSync(inside(path), text, { mode: path.includes('/bin/') ? 0o755 : 0o644 });
  }
  mkdirSync(inside('oldroot'), { recursive: true });
  execFileSync('pivot_root', [root, inside('oldroot')]);
  process.chdir('/');
  execFileSync('umount', ['-l', '/oldroot']);
  const program = '/lib/systemd/systemd';
  const quiet = ['--show-status=no'];
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  process.execve?.(program, [program, '--unit=lab.target', ...quiet], {
    container: 'lab',
    PATH: path,
  });
}

function mount(...words: readonly string[]): void {
  execFileSync('mount', words);
}

function perform(): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `become` has written it
  const acts = JSON.parse(execFileSync('cat', ['/mnt/acts.json']).toString()) as string[][];
  const said = acts.map(([program = '', ...words]): SystemdSaid => {
    const { status, stdout, stderr } = spawnSync(program, words, {
      encoding: 'utf8',
      timeout: 20_000,
    });
    return { code: status, out: `${stdout}${stderr}` };
  });
  writeFileSync('/mnt/said.json', JSON.stringify(said));
}

function repositoryHere(): string {
  return dirname(dirname(import.meta.dirname));
}
