import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { realpath } from 'node:fs/promises';
import { hasCode, StateliteError } from '../../../agent/errors.ts';
import { isWithin } from '../../../agent/rules/path.ts';
import { dirname } from 'node:path';
import { type ImageTree, imageTree } from '../genimage/inside.ts';
import { namespaceOf, runNamed } from './namespace.ts';

/** A root image in which programs run as on a booted system. */
export interface Chamber extends AsyncDisposable {
  /**
   * Runs a program of the image on this terminal. Returns its exit status, 128 and the number of the
   * signal if one ended it, 127 if the image has no such program.
   */
  run(argv: readonly string[]): Promise<number>;
}

/**
 * Opens one: the root with /proc, /sys (read-only), a /dev of the usual few, an empty /run, and this
 * machine's name servers, in a mount and a process namespace of its own. Programs share the network
 * and nothing else. Once it is disposed, or this process has ended in whatever way, none of its
 * processes runs and nothing is mounted. `signal` ends them at once.
 */
export async function openChamber(root: string, signal: AbortSignal): Promise<Chamber> {
  const tree = imageTree(await realpath(root));
  const hadNameServers = await tree.exists(resolvConf);
  const namespace = await namespaceOf(signal);
  try {
    for (const { argv, inside } of await mountings(tree)) {
      await runNamed(namespace.enter(inside === true ? 'mounts and processes' : 'mounts', argv));
    }
  } catch (cause) {
    await namespace[Symbol.asyncDispose]();
    throw new StateliteError('ERR_STATELITE_IMAGE', `${root} cannot be entered`, {
      cause,
      hint: 'this needs root, and namespaces for mounts and processes',
    });
  }
  return {
    run: async (argv) => {
      signal.throwIfAborted();
      const command = ['env', '-u', 'TMPDIR', ...environment, 'chroot', tree.root, ...argv];
      const [program = '', ...rest] = namespace.enter('mounts and processes', command);
      const child = spawn(program, rest, { stdio: 'inherit' });
      const [code, ended]: unknown[] = await once(child, 'close');
      signal.throwIfAborted();
      return statusOf(code, ended);
    },
    async [Symbol.asyncDispose]() {
      await namespace[Symbol.asyncDispose]();
      if (!hadNameServers && (await tree.read(resolvConf)) === '') await tree.remove(resolvConf);
    },
  };
}

const resolvConf = '/etc/resolv.conf';

/** The rest is as here: a proxy for packages for one. */
const environment = [
  'HOME=/root',
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
];

function statusOf(code: unknown, ended: unknown): number {
  if (typeof code === 'number') return code;
  const signals: Readonly<Record<string, number>> = constants.signals;
  return 128 + (signals[String(ended)] ?? 0);
}

interface Mounting {
  readonly argv: readonly string[];
  /** To be done by a process of the process namespace. */
  readonly inside?: boolean;
}

/** Devices that programs expect, as mknod(1) takes them; none of a disk. */
const devices = [
  ['null', '666', '1', '3'],
  ['zero', '666', '1', '5'],
  ['full', '666', '1', '7'],
  ['random', '666', '1', '8'],
  ['urandom', '666', '1', '9'],
  ['tty', '666', '5', '0'],
] as const;

const deviceLinks = [
  ['/proc/self/fd', 'fd'],
  ['/proc/self/fd/0', 'stdin'],
  ['/proc/self/fd/1', 'stdout'],
  ['/proc/self/fd/2', 'stderr'],
  ['pts/ptmx', 'ptmx'],
] as const;

/** Mount points are looked for inside the image: its /proc may be a link to a directory of this machine. */
async function mountings(tree: ImageTree): Promise<Mounting[]> {
  const place = async (path: string) => {
    await tree.makeDirectory(path);
    return tree.at(path);
  };
  const [proc, sys, dev, run] = [
    await place('/proc'),
    await place('/sys'),
    await place('/dev'),
    await place('/run'),
  ];
  const quiet = 'nosuid,nodev,noexec';
  return [
    // A mount of its own: rpm and df ask for the file system of the root.
    { argv: ['mount', '--bind', tree.root, tree.root] },
    { argv: ['mount', '-t', 'proc', '-o', quiet, 'proc', proc], inside: true },
    { argv: ['mount', '--rbind', '/sys', sys] },
    { argv: ['mount', '-o', `remount,bind,ro,${quiet}`, sys] },
    { argv: ['mount', '-t', 'tmpfs', '-o', 'mode=755,nosuid,nodev', 'run', run] },
    { argv: ['mount', '-t', 'tmpfs', '-o', 'mode=755,nosuid', 'dev', dev] },
    { argv: ['mkdir', '-m', '755', `${dev}/pts`] },
    { argv: ['mkdir', '-m', '1777', `${dev}/shm`] },
    ...devices.map(([name, mode, major, minor]) => ({
      argv: ['mknod', '-m', mode, `${dev}/${name}`, 'c', major, minor],
    })),
    ...deviceLinks.map(([to, name]) => ({ argv: ['ln', '-s', to, `${dev}/${name}`] })),
    { argv: ['mount', '--bind', '/dev/pts', `${dev}/pts`] },
    ...(await nameServers(tree, run)),
  ];
}

/** Read-only: what a package writes there must not get into this machine's own file. */
async function nameServers(tree: ImageTree, run: string): Promise<Mounting[]> {
  const own = await realPathOf(resolvConf);
  if (own === undefined) return [];
  const place = await tree.at(resolvConf);
  const bind = { argv: ['mount', '--bind', '-o', 'ro', own, place] };
  if (isWithin(place, run)) {
    const make = [
      ['mkdir', '-p', dirname(place)],
      ['touch', place],
    ];
    return [...make.map((argv) => ({ argv })), bind];
  }
  if (!(await tree.exists(resolvConf))) {
    const target = place.slice(tree.root.length);
    await tree.makeDirectory(dirname(target));
    await tree.write(target, '', 0o644);
  }
  return [bind];
}

async function realPathOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
