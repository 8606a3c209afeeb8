import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { readIfThere } from '../../agent/files/if-there.ts';
import { imageTree } from '../../mgmt/image/genimage/inside.ts';
import { planNodeScripts, writeNodeScripts } from '../../mgmt/image/node-scripts/node-scripts.ts';
import { mypostscriptOf } from '../../mgmt/postscripts/mypostscript.ts';
import { certificatePaths, ensureCertificates } from '../../mgmt/setup/certificates.ts';
import { clusterOf } from './cluster.ts';
import { startTestDaemon, view } from './daemon.ts';
import { busyboxRoot, sysvinitRoot } from './init-roots.ts';

/** A node whose init is a real PID 1, with a management node on the loopback of its own network. */
export interface InitBoot {
  /** A directory that may be written. */
  readonly work: string;
  /** Debian's packages of sysvinit, unpacked; without them the init is that of busybox. */
  readonly sysvinit?: string | undefined;
  /** By name, for <installdir>/postscripts. */
  readonly scripts: Readonly<Record<string, string>>;
  /** postscripts.postscripts of the node. */
  readonly list: string;
  /** With this status of the node its shutdown begins. */
  readonly until: string;
  /** The management node answers nobody any more when the node goes down. */
  readonly isLeftAlone?: boolean | undefined;
}

export interface InitEnd {
  readonly statuses: readonly string[];
  readonly console: string;
  /** /var/log/xcat/xcat.log when the shutdown began. */
  readonly log: string | undefined;
  /** How long the shutdown took, in milliseconds; undefined if it did not end. */
  readonly shutdown: number | undefined;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test that starts this gives it
const wanted = JSON.parse(await text(process.stdin)) as InitBoot;
const { work } = wanted;
const root = join(work, 'root');
const shared = join(work, 'shared');
for (const path of [root, shared]) mkdirSync(path);
run('ip', 'link', 'set', 'lo', 'up');

const etc = join(work, 'etc');
await ensureCertificates(etc, ['127.0.0.1'], new Date());
for (const [name, content] of Object.entries(wanted.scripts)) {
  const path = join(work, 'install/postscripts', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${content}\n`);
}
const cluster = clusterOf({
  site: [{ key: 'master', value: '127.0.0.1' }],
  nodelist: [{ node: 'n1', groups: 'all' }],
  nodetype: [{ node: 'n1', provmethod: 'img' }],
  postscripts: [{ node: 'n1', postscripts: wanted.list }],
});
const server = await startTestDaemon(
  etc,
  {
    view: async () => ({
      ...view,
      decide: () => ({ allowed: true, trusted: false, row: '1' }),
      mypostscript: (node) => mypostscriptOf(node, cluster),
    }),
  },
  { installdir: join(work, 'install'), state: join(work, 'state') },
);

if (wanted.sysvinit === undefined) busyboxRoot(root);
else sysvinitRoot(root, wanted.sysvinit, work);
mkdirSync(join(root, 'shared'), { recursive: true });
mkdirSync(join(root, '.statelite'), { recursive: true });
const tree = imageTree(root);
const files = await planNodeScripts(tree, readFileSync(certificatePaths(etc).ca, 'utf8'));
await writeNodeScripts(tree, files);
writeFileSync(join(work, 'cmdline'), `quiet XCAT=127.0.0.1:${server.ports.tls} NODE=n1\n`);

// The node's /xcatpost is read-only, as its root is.
const start = `
set -e
mount --bind "${shared}" "${root}/shared"
mount --bind "${root}/xcatpost" "${root}/xcatpost"
mount -o remount,bind,ro "${root}/xcatpost"
mount -t proc proc "${root}/proc"
mount --bind "${work}/cmdline" "${root}/proc/cmdline"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "${root}" /sbin/init
`;
const node = spawn('unshare', ['-mpf', '--kill-child', 'sh', '-c', start], {
  stdio: ['ignore', 'pipe', 'pipe'],
});
const ended = new Promise<void>((resolve) => node.once('exit', () => resolve()));
// sysvinit opens its console again for everything that it starts.
const reader = spawn('sh', ['-c', `exec cat 0<>"${root}/dev/console"`], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
let output = '';
for (const stream of [node.stdout, node.stderr, reader.stdout]) {
  stream.on('data', (chunk) => (output += String(chunk)));
}
await within(30_000, () => server.statuses.includes(`n1 ${wanted.until}`));
await sleep(200); // what a script that runs twice would need to be seen
writeFileSync(join(shared, 'ask'), '');
await within(5000, () => existsSync(join(shared, 'answered')));
const log = await readIfThere(join(shared, 'xcat.log'));
if (wanted.isLeftAlone === true) run('ip', 'link', 'set', 'lo', 'down');
const began = performance.now();
writeFileSync(join(shared, 'down'), '');
const isDown = await Promise.race([ended.then(() => true), sleep(40_000, false, { ref: false })]);
const shutdown = isDown ? performance.now() - began : undefined;
node.kill('SIGKILL');
await ended;
reader.kill();
const end: InitEnd = { statuses: server.statuses, console: output, log, shutdown };
await server[Symbol.asyncDispose]();
process.stdout.write(JSON.stringify(end));

function run(program: string, ...argv: string[]): void {
  const { status, stderr } = spawnSync(program, argv, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')}: ${stderr}`);
}

async function within(milliseconds: number, isSo: () => boolean): Promise<void> {
  const until = performance.now() + milliseconds;
  while (!isSo() && performance.now() < until) await sleep(50);
}
