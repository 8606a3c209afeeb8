import { execFile } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { explainError } from '../agent/errors.ts';
import { startCluster, type Cluster } from '../vm/cluster.ts';
import { everyOption, makeDisk, setEveryOption } from '../vm/every-option.ts';
import type { Node } from '../vm/node.ts';
import { debian12, installImage } from '../vm/root-image.ts';
import { labSettings } from '../vm/settings.ts';
import { attachConsole } from './demo-attach.ts';
import { readReport, renderReport } from './demo-report.ts';

const usage = `Usage: scripts/demo [--console] [--keep]

Builds the agent, a Debian 12 image and its initramfs, starts a management node in a private
network, and boots a diskless node by PXE, iPXE and HTTP with a table that has every option.

  --console  then connect this terminal to the node; Ctrl-] leaves it
  --keep     leave management node and node running, and say how to reach and end them
  --help     this text
`;

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const started = Date.now();

async function demo(options: { console: boolean; keep: boolean }): Promise<void> {
  const settings = labSettings(process.env);
  say('building dist/statelite and dist/statelite-agent');
  await run(process.execPath, [join(root, 'scripts/build.ts')]);

  say('starting the management node: statelite serve, dnsmasq, nfs-ganesha');
  const cluster = await startCluster(settings, { outlives: options.keep });
  try {
    const node = await bootNode(cluster, settings.cache);
    say('multi-user; this is what the node reports:');
    await show(cluster, node);
    const log = await keepLog(cluster);
    print(`\nconsole log  ${log}`);
    if (options.console) await attachConsole(node.machine.console, process.stdin, process.stdout);
    if (options.keep) sayKept(cluster);
    else await node.powerOff();
  } catch (error) {
    print(await cluster.report());
    throw error;
  } finally {
    await cluster[Symbol.asyncDispose]();
  }
}

async function bootNode(cluster: Cluster, cache: string): Promise<Node> {
  say('genimage: Debian 12 (about two minutes, unless it is in the cache)');
  const image = await installImage(cluster.management, cache, debian12);
  print(image.summary.trimEnd().replaceAll(/^/gm, '      '));

  say('tables: nodeadd, tabrestore litefile litetree statelite');
  await cluster.addNode('cn01', { mac: '52:54:00:77:00:01', ip: '10.77.0.11' });
  await setEveryOption(cluster, ['cn01']);
  say(`liteimg ${image.osimage}`);
  await cluster.management.run('liteimg', image.osimage);

  const disk = join(cluster.rack.directory, 'cn01.disk');
  await makeDisk(disk);
  say('nodeset, power on: firmware, DHCP, iPXE, HTTP, kernel, agent');
  const append = 'statelite.localdisk=/dev/vda';
  const node = await cluster.boot('cn01', { osimage: image.osimage, append, disk });
  await node.sees('statelite: agent', { within: '30s' });
  say('the agent runs');
  await node.sees('switch_root to', { within: '30s' });
  say('switch_root; systemd takes over');
  await node.login({ within: '60s' });
  await node.run('systemctl is-system-running --wait || true', { within: '40s' });
  return node;
}

async function show(cluster: Cluster, node: Node): Promise<void> {
  const report = await readReport(join(cluster.management.state, 'reports', 'cn01'));
  renderReport(report).forEach(print);
  print('\nmounts of the listed paths, as the node has them');
  const wanted = everyOption.map(({ file }) => file.replace(/\/$/, ''));
  const mounts = await node.run('findmnt -rn -o TARGET,FSTYPE,OPTIONS,SOURCE', { within: '20s' });
  for (const line of mounts.split('\n')) {
    const [target = '', fstype = '', options = '', source = ''] = line.split(' ');
    if (!wanted.includes(target)) continue;
    print(`  ${target.padEnd(24)} ${fstype.padEnd(6)} ${options.slice(0, 2)}  ${source}`);
  }
}

async function keepLog(cluster: Cluster): Promise<string> {
  const directory = join(root, 'dist/demo');
  await mkdir(directory, { recursive: true });
  const log = join(directory, 'cn01.console.log');
  await copyFile(join(cluster.rack.logs, 'cn01.console.log'), log);
  return log;
}

function sayKept(cluster: Cluster): void {
  const { directory, lab } = cluster.rack;
  print(`
kept running
  console  socat -,raw,echo=0,escape=0x1d UNIX-CONNECT:${directory}/machines/cn01/console
  files    ${directory}
  end      kill -KILL ${lab.holder}`);
}

function say(text: string): void {
  print(`${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s  ${text}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function main(): Promise<number> {
  try {
    const { values } = parseArgs({
      options: {
        console: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) print(usage);
    else await demo(values);
    return 0;
  } catch (error) {
    const isUsage = error instanceof TypeError && 'code' in error;
    const lines = isUsage ? [error.message, '', usage] : explainError(error);
    process.stderr.write(`${lines.join('\n')}\n`);
    return isUsage ? 2 : 1;
  }
}

process.exitCode = await main();
