import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DhcpAsk, DhcpOffer } from './dhcp-client.ts';
import { type Management, management } from './mgmt.ts';

/** What is done on a management node with a network, in order. */
export type DhcpAct =
  | { readonly run: readonly string[] }
  | { readonly start: 'dnsmasq' | 'kea' }
  /** Another wire, on which nobody is. */
  | { readonly nic: string; readonly address: string }
  /** The label that dh0's address gets; it has another one then, without which dnsmasq is silent. */
  | { readonly label: string }
  /** What /etc/hosts says there. */
  | { readonly hosts: string }
  | { readonly ask: DhcpAsk }
  /** The address or the name of a host, by DNS from the management node itself. */
  | { readonly resolve: string };

/** What commands printed, offers, and names, in the order of the acts. */
export type DhcpSaid = string | DhcpOffer | null;

const mn = await management();
const servers: ReturnType<typeof spawn>[] = [];
const said: DhcpSaid[] = [];
const input: unknown = await json(process.stdin);
try {
  const client = await enter(mn);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test that calls it writes it
  for (const act of input as readonly DhcpAct[]) said.push(await perform(act, client));
  process.stdout.write(JSON.stringify(said));
} finally {
  for (const child of servers) child.kill('SIGKILL');
  await mn[Symbol.asyncDispose]();
}
// The client ends with this process, which is its PID 1.
process.exit();

/** A wire from dh0, which is 10.77.0.1, to a client in a network of its own. */
async function enter({ directory }: Management) {
  await chmod(directory, 0o755); // dnsmasq reads its files as nobody
  run('mount', '-t', 'proc', 'proc', '/proc');
  run('mount', '-t', 'tmpfs', 'run', '/run');
  run('mount', '-t', 'tmpfs', 'lib', '/var/lib');
  mkdirSync('/run/kea');
  mkdirSync('/var/lib/kea');
  const child = spawn(
    'unshare',
    ['-n', process.execPath, join(import.meta.dirname, 'dhcp-client.ts')],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  run('ip', 'link', 'set', 'lo', 'up');
  run('ip', 'link', 'add', 'dh0', 'type', 'veth', 'peer', 'dh1');
  run('ip', 'address', 'add', '10.77.0.1/24', 'dev', 'dh0');
  run('ip', 'link', 'set', 'dh0', 'up');
  // unshare becomes the client, so its network is the client's as soon as it differs from ours.
  while (networkOf(child.pid ?? 0) === networkOf('self')) await sleep(5);
  run('ip', 'link', 'set', 'dh1', 'netns', String(child.pid));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async (about: DhcpAsk): Promise<DhcpOffer | null> => {
    child.stdin.write(`${JSON.stringify(about)}\n`);
    const { value } = await lines.next();
    return JSON.parse(String(value));
  };
}

function networkOf(pid: number | string): string {
  return readlinkSync(`/proc/${pid}/ns/net`);
}

async function perform(
  act: DhcpAct,
  ask: (about: DhcpAsk) => Promise<DhcpOffer | null>,
): Promise<DhcpSaid> {
  if ('ask' in act) return ask(act.ask);
  if ('nic' in act) {
    run('ip', 'link', 'add', act.nic, 'type', 'veth', 'peer', `${act.nic}-far`);
    run('ip', 'address', 'add', act.address, 'dev', act.nic);
    run('ip', 'link', 'set', act.nic, 'up');
    return '';
  }
  if ('label' in act) {
    run('ip', 'address', 'del', '10.77.0.1/24', 'dev', 'dh0');
    run('ip', 'address', 'add', '10.76.0.1/24', 'dev', 'dh0');
    run('ip', 'address', 'add', '10.77.0.1/24', 'dev', 'dh0', 'label', act.label);
    return '';
  }
  if ('hosts' in act) {
    const file = join(mn.directory, 'hosts');
    writeFileSync(file, act.hosts);
    run('mount', '--bind', file, '/etc/hosts');
    return '';
  }
  if ('resolve' in act) return resolveName(act.resolve);
  if ('start' in act) return start(act.start);
  const { code, out, err } = await mn.run(...act.run);
  if (code !== 0) throw new Error(`${act.run.join(' ')}: ${err}`);
  await sleep(300); // a server that was told to read again does so soon
  return [...out, err].join('\n');
}

/** getent(1) asks the resolver that resolv.conf names. */
function resolveName(name: string): string {
  const file = join(mn.directory, 'resolv.conf');
  writeFileSync(file, 'nameserver 10.77.0.1\n');
  run('mount', '--bind', file, '/etc/resolv.conf');
  try {
    return execFileSync('getent', ['-s', 'dns', 'hosts', name]).toString().trim();
  } finally {
    run('umount', '/etc/resolv.conf');
  }
}

async function start(name: 'dnsmasq' | 'kea'): Promise<string> {
  const at = (file: string) => join(mn.directory, 'etc/generated', file);
  const log = join(mn.directory, `${name}.log`);
  const { argv, ready } =
    name === 'dnsmasq'
      ? {
          argv: [
            'dnsmasq',
            '-k',
            '--log-facility=-',
            '--pid-file=',
            `--conf-file=${at('dnsmasq.conf')}`,
          ],
          ready: /started, version/,
        }
      : { argv: ['kea-dhcp4', '-c', at('kea-dhcp4.conf')], ready: /DHCP4_STARTED/ };
  run('touch', log);
  const child = spawn('sh', ['-c', 'exec "$@" >"$0" 2>&1', log, ...argv], {
    env: { ...process.env, KEA_PIDFILE_DIR: '/run/kea', KEA_LOCKFILE_DIR: '/run/kea' },
  });
  servers.push(child);
  const ended = once(child, 'exit');
  while (!ready.test(readFileSync(log, 'utf8'))) {
    const state = await Promise.race([ended.then(() => 'ended'), sleep(20, 'waits')]);
    if (state === 'ended') throw new Error(`${name} ended: ${readFileSync(log, 'utf8')}`);
  }
  return '';
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args);
}
