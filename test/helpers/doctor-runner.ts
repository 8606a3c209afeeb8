import { execFileSync, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { compressor } from '../../initramfs/compress.ts';
import { cpio } from '../../initramfs/cpio.ts';
import { type Management, management } from './mgmt.ts';
import { plantTree } from './tree.ts';

/** What a management node does and what is done to it, in order; a word alone is a verb's. */
export type Act =
  | { readonly run: readonly string[] }
  /** Programs that go on; ready when they print the text. */
  | { readonly start: 'dnsmasq' | 'ganesha' | 'serve' }
  | { readonly stop: 'dnsmasq' | 'ganesha' | 'serve' }
  | { readonly doctor: readonly string[] };

/** What `doctor --json` said, for each time. */
export interface Said {
  readonly code: number;
  readonly findings: readonly {
    readonly check: string;
    readonly level: string;
    readonly message: string;
    readonly hint?: string;
    readonly nodes?: readonly string[];
  }[];
}

const [mn, processes] = [await management(), new Map<string, ReturnType<typeof spawn>>()];
const input: unknown = await json(process.stdin);
const said: Said[] = [];
try {
  enter();
  await chmod(mn.directory, 0o755);
  await plantImage(mn);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test that calls it writes it
  for (const act of input as readonly Act[]) await perform(act);
  process.stdout.write(JSON.stringify(said));
} finally {
  for (const child of processes.values()) child.kill('SIGKILL');
  await mn[Symbol.asyncDispose]();
}
// Servers that are left end with this process, which is their PID 1.
process.exit();

/** A network of this process and its children only: mn0 is 10.77.0.1, and n1 has a name. */
function enter(): void {
  run('mount', '-t', 'proc', 'proc', '/proc');
  run('mount', '-t', 'tmpfs', 'run', '/run');
  mkdirSync('/run/ganesha');
  run('ip', 'link', 'set', 'lo', 'up');
  // A NIC alone would have no carrier, and its address would not count.
  run('ip', 'link', 'add', 'mn0', 'type', 'veth', 'peer', 'mn1');
  run('ip', 'link', 'set', 'mn1', 'up');
  run('ip', 'link', 'set', 'mn0', 'up');
  run('ip', 'address', 'add', '10.77.0.1/24', 'dev', 'mn0');
  const hosts = join(mn.directory, 'hosts');
  writeFileSync(hosts, `127.0.0.1 localhost\n10.77.0.11 n1\n`);
  run('mount', '--bind', hosts, '/etc/hosts');
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args);
}

async function plantImage(own: Management): Promise<void> {
  const { directory } = own;
  const loaders = { 'undionly.kpxe': 'x', 'snponly.efi': 'x', 'pxelinux.0': 'x' };
  plantTree(join(directory, 'tftpboot'), loaders);
  await own.run(
    'setup',
    '--network',
    '10.77.0.0/24',
    '--server',
    '10.77.0.1',
    '--interface',
    'mn0',
  );
  const image = join(directory, 'install/netboot/debian12/x86_64/compute');
  plantTree(image, { kernel: 'kernel', 'rootimg/etc/motd': 'hello' });
  plantTree(directory, { 'statelite-agent': 'agent', 'state/store/x': '' });
  const data = readFileSync(join(directory, 'etc/ca.pem'));
  const path = '/etc/statelite/ca.pem';
  const entries = [
    { path, kind: 'file' as const, mode: 0o644, size: data.length, content: { data } },
  ];
  const initramfs = createWriteStream(join(image, 'initrd-statelite.gz'));
  await pipeline(Readable.from(cpio(entries)), compressor('zstd', 1), initramfs);
}

async function perform(act: Act): Promise<void> {
  if ('run' in act) {
    const { code, err } = await mn.run(...act.run.map(inPlace));
    if (code !== 0) throw new Error(`${act.run.join(' ')}: ${err}`);
  } else if ('start' in act) await start(act.start);
  else if ('stop' in act) {
    const child = processes.get(act.stop);
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child?.kill('SIGKILL');
    await ended;
  } else {
    const { code, out, err } = await mn.run('doctor', '--json', ...act.doctor);
    if (out.length === 0) throw new Error(err);
    said.push({ code, findings: JSON.parse(out.join('\n')) });
  }
}

/** `@` stands for the directory of the management node. */
function inPlace(word: string): string {
  return word.replace('@', mn.directory);
}

/** How a server is started, and what it prints when it serves. */
function server(name: 'dnsmasq' | 'ganesha' | 'serve'): { argv: string[]; ready: RegExp } {
  const configuration = join(mn.directory, 'etc/generated');
  switch (name) {
    case 'dnsmasq':
      return {
        argv: ['dnsmasq', '-k', '--log-facility=-', '-C', join(configuration, 'dnsmasq.conf')],
        ready: /started/u,
      };
    case 'ganesha':
      return {
        argv: ['ganesha.nfsd', '-F', '-f', join(configuration, 'ganesha.conf'), '-L', 'STDERR'],
        ready: /NFS SERVER INITIALIZED/u,
      };
    case 'serve': {
      const script = join(import.meta.dirname, 'serve-process.ts');
      return { argv: [process.execPath, script, mn.directory, 'serve'], ready: /^ready$/mu };
    }
  }
}

async function start(name: 'dnsmasq' | 'ganesha' | 'serve'): Promise<void> {
  const { argv, ready } = server(name);
  // It registers there what it serves by NFSv3.
  if (name === 'ganesha') spawn('rpcbind', ['-f', '-w'], { stdio: 'ignore' });
  const [program = '', ...args] = argv;
  const child = spawn(program, args);
  processes.set(name, child);
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    const see = (bytes: Buffer) => {
      printed += bytes.toString();
      if (ready.test(printed)) resolve();
    };
    child.stdout.on('data', see);
    child.stderr.on('data', see);
    child.once('exit', () => reject(new Error(`${name} ended: ${printed}`)));
  });
}
