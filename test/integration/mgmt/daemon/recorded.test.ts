import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { clientCertificate } from '../../../helpers/client-certificate.ts';
import type { Management } from '../../../helpers/mgmt.ts';
import { recordedCluster } from '../../../helpers/recorded-cluster.ts';

/** A reply that differs on purpose: why, and how ours follows from the recorded one. */
interface Explained {
  readonly transcript: string;
  readonly rule: string;
  readonly reason: string;
  /** Another recorded reply, or `nothing`. */
  readonly as?: string;
  /** What ours says before. */
  readonly warning?: string;
  /** Elements that ours has not. */
  readonly without?: readonly string[];
  /** The lines of ours. */
  readonly reply?: readonly string[];
  /** So many responses more, after those that were recorded. */
  readonly more?: number;
}

const fixtures = join(import.meta.dirname, '../../../fixtures/xcatd');
const read = (name: string) => readFileSync(join(fixtures, name), 'utf8');
const names = readdirSync(fixtures)
  .filter((file) => file.endsWith('.req'))
  .map((file) => file.slice(0, -'.req'.length))
  // nodeset changes what lsdef shows.
  .toSorted((a, b) => Number(a.includes('nodeset')) - Number(b.includes('nodeset')));
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a file of our own
const explained = JSON.parse(read('explained-replies.json')) as Explained[];

const host = '127.0.0.1';
const strangeAddress = '127.0.0.3';
let mn: Management;
let ca: string;
let root: { cert: string; key: string };
let daemon: ChildProcess;
let ports: { tls: number; status: number };

beforeAll(async () => {
  mn = await recordedCluster((text, directory) =>
    text.replaceAll('/install', `${directory}/install`),
  );
  await run('nodech', 'n1', `hosts.ip=${host}`);
  await run('nodech', 'n2', 'mac.mac=52:54:00:00:00:02', 'hosts.ip=127.0.0.2');
  const image = join(mn.directory, 'install/netboot/rhcompute');
  await mkdir(join(image, 'rootimg/etc'), { recursive: true });
  for (const file of ['kernel', 'initrd-statelite.gz']) await writeFile(join(image, file), file);
  await run('liteimg', 'rhcompute');
  await mkdir(join(mn.directory, 'tftpboot/boot/grub2'), { recursive: true });
  await writeFile(join(mn.directory, 'tftpboot/boot/grub2/grub2.x86_64'), 'of the site');
  await mkdir(join(mn.directory, 'install/custom'), { recursive: true });
  const etc = join(mn.directory, 'etc');
  await ensureCertificates(etc, [host], new Date());
  ca = await readFile(certificatePaths(etc).ca, 'utf8');
  root = await clientCertificate(etc, 'root');
  await start();
}, 60_000);
afterAll(async () => {
  daemon.kill();
  if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, 'exit');
  await mn[Symbol.asyncDispose]();
});

/** What differed in the recorded cluster when one transcript was made. */
const before: Readonly<Record<string, () => Promise<void>>> = {
  'node-denied-getpartition': () => run('chtab', '-d', 'priority=4.95', 'policy'),
  'node-getpartition-file': async () => {
    await run('chtab', 'priority=4.95', 'policy.commands=getpartition', 'policy.rule=allow');
    await partition('node-getpartition-file');
  },
  'node-getpartition-script': async () => {
    const file = `s:${join(mn.directory, 'install/custom/partition')}`;
    await run('chtab', 'imagename=rhcompute', `linuximage.partitionfile=${file}`);
    await partition('node-getpartition-script');
  },
  'root-ilitefile': () =>
    run(
      'chtab',
      'imagename=rhcompute',
      `linuximage.partitionfile=${join(mn.directory, 'install/custom/partition')}`,
    ),
  // The one of getpartition is none that nodes understand, and so nodeset refuses it.
  'root-nodeset-grub2': async () => {
    await writeFile(join(mn.directory, 'install/custom/partition'), 'enable=yes\n');
    await netboot('grub2');
  },
  'root-nodeset-petitboot': () => netboot('petitboot'),
  'root-nodeset-pxe': () => netboot('pxe'),
  'root-nodeset-pxe-ramdisk-localdisk': () => netboot('pxe'),
  'root-nodeset-xnba': () => netboot('xnba'),
};

describe('what stock answered is answered here, byte for byte', () => {
  test.for(names)('%s', async (name) => {
    await before[name]?.();
    const reply = await ask(name, read(`${name}.req`));
    const recorded = read(`${name}.rsp`);
    const difference = explained.find(({ transcript }) => transcript === name);
    const { more = 0 } = difference ?? {};
    expect(more === 0 ? reply : cut(reply, recorded, more)).toBe(
      difference === undefined ? recorded : expectedReply(difference, recorded),
    );
    // An explanation that explains nothing is wrong too.
    expect(reply === recorded).toBe(difference === undefined);
  });
});

test('each explained difference is of a transcript, once, with a rule and a reason', () => {
  const listed = explained.map(({ transcript }) => transcript);
  expect(new Set(listed).size).toBe(listed.length);
  expect(names).toEqual(expect.arrayContaining(listed));
  for (const { rule, reason } of explained) expect([rule, reason]).not.toContain('');
});

describe('what stock said on the status port is said here', () => {
  test.for(['installstatus', 'stranger', 'unknown'])('installmonitor-%s', async (name) => {
    const lines = read(`installmonitor-${name}.txt`).matchAll(/^([CS]) '(.*)'$/gmu);
    const turns = [...lines].map(([, who, text = '']) => ({
      who,
      text: text.replaceAll(String.raw`\n`, '\n'),
    }));
    const of = (speaker: string) =>
      turns
        .filter(({ who }) => who === speaker)
        .map(({ text }) => text)
        .join('');
    const localAddress = name === 'stranger' ? strangeAddress : host;
    const socket = connectTcp({ port: ports.status, host, localAddress });
    // A stranger is closed before it has said anything.
    socket.on('error', () => {});
    socket.write(of('C'));
    expect(await readAll(socket)).toBe(of('S'));
  });
});

test('what a node reports stands in nodelist, with its time', async () => {
  for (const line of ['installstatus postbooting booted', 'hpcbootstatus sshd=up']) {
    const socket = connectTcp({ port: ports.status, host });
    socket.write(`${line}\n`);
    expect(await readAll(socket)).toBe('ready\ndone\n');
  }
  const { out } = await mn.run('nodels', 'n1', 'nodelist');
  const time = String.raw`\d\d-\d\d-\d{4} \d\d:\d\d:\d\d`;
  expect(out).toContain('n1: nodelist.status: booted');
  expect(out).toContain('n1: nodelist.appstatus: sshd=up');
  expect(out.join('\n')).toMatch(new RegExp(`statustime: ${time}\n`, 'u'));
  expect(out.join('\n')).toMatch(new RegExp(`appstatustime: ${time}\n`, 'u'));
});

/** The reply with names of this test as they were when it was recorded. */
async function ask(name: string, request: string): Promise<string> {
  const isNode = name.startsWith('node-') || !name.includes('-');
  const localAddress = /^(?:stranger|unknown|unresolvable)/u.test(name) ? strangeAddress : host;
  const certificate = name.startsWith('root-') ? root : {};
  const socket = connect({
    socket: connectTcp({ port: ports.tls, host, localAddress }),
    host,
    ca,
    ...certificate,
  });
  socket.write(request);
  const reply = await readAll(socket, !isNode);
  return reply
    .replaceAll(`<xcatdsource>${hostname().split('.', 1).join()}<`, '<xcatdsource>mn<')
    .replaceAll(`${mn.directory}/install`, '/install')
    .replaceAll(`ip=${host}`, 'ip=10.99.1.1');
}

/** Until the server ends it; a client with a certificate closes after serverdone, as xCAT's does. */
async function readAll(stream: AsyncIterable<Buffer>, stopsWhenDone = false): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      if (stopsWhenDone && text.includes('</serverdone>\n</xcatresponse>\n')) break;
    }
  } catch (error) {
    if (chunks.length > 0) throw error;
  }
  return Buffer.concat(chunks).toString();
}

function expectedReply({ as, reply, warning, without = [] }: Explained, recorded: string): string {
  if (reply !== undefined) return reply.join('\n');
  if (as !== undefined) return as === 'nothing' ? '' : read(`${as}.rsp`);
  const lines = recorded.split('\n').filter((line) => {
    const [, name = ''] = /^ *<(\w+)>/u.exec(line) ?? [];
    return !without.includes(name);
  });
  const source = '  <xcatdsource>mn</xcatdsource>';
  const said = ['<xcatresponse>', `  <warning>${warning}</warning>`, source, '</xcatresponse>'];
  return [...(warning === undefined ? [] : said), ...lines].join('\n');
}

/** Takes away so many responses before the last one that the recorded reply does not have. */
function cut(reply: string, recorded: string, more: number): string {
  const responses = reply.split(/(?<=<\/xcatresponse>\n)/u);
  const common = recorded.split(/(?<=<\/xcatresponse>\n)/u).length - 1;
  return [...responses.slice(0, common), ...responses.slice(common + more)].join('');
}

async function run(...argv: string[]): Promise<void> {
  const { code, err } = await mn.run(...argv);
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${err}`);
}

const netboot = (loader: string) => run('chtab', 'node=compute', `noderes.netboot=${loader}`);

/** The file whose lines were recorded, without the line of its kind. */
async function partition(name: string): Promise<void> {
  const lines = [...read(`${name}.rsp`).matchAll(/<data>([^<]*)<\/data>/gu)].map(
    ([, text]) => text,
  );
  const plain = lines.slice(1).join('').replaceAll('&quot;', '"').replaceAll('&lt;', '<');
  const text = plain.replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  await writeFile(join(mn.directory, 'install/custom/partition'), text);
}

/** Resolves with the `ready` line of a daemon in a process of its own. */
async function start(): Promise<void> {
  const script = join(import.meta.dirname, '../../../helpers/serve-process.ts');
  const argv = ['serve', '--listen', host, '--port', '0', '--status-port', '0', '--http-port', '0'];
  daemon = spawn(process.execPath, [script, mn.directory, ...argv], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let printed = '';
  for await (const chunk of daemon.stdout ?? []) {
    printed += String(chunk);
    if (printed.endsWith('ready\n')) break;
  }
  const [tls = 0, status = 0] = [...printed.matchAll(/port (\d+)$/gmu)].map(([, port]) =>
    Number(port),
  );
  ports = { tls, status };
}
