import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mypostscriptOf } from '../../../../mgmt/postscripts/mypostscript.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { clusterOf } from '../../../helpers/cluster.ts';
import { startTestDaemon, type TestDaemon, view } from '../../../helpers/daemon.ts';
import { inNamespace } from '../../../helpers/namespace.ts';
import type { BootedNode, NodeEnd } from '../../../helpers/node-program-runner.ts';

let directory: string;
let server: TestDaemon;
let scripts: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(join(directory, 'etc'), ['127.0.0.1', 'localhost'], new Date());
  scripts = '';
  const allowed = { allowed: true, trusted: false, row: '1' };
  server = await startTestDaemon(
    join(directory, 'etc'),
    {
      view: async () => ({
        ...view,
        decide: () => allowed,
        mypostscript: (node) =>
          mypostscriptOf(
            node,
            clusterOf({
              site: [
                { key: 'master', value: '127.0.0.1' },
                { key: 'hostile', value: `'; echo "$(id)" > /tmp/never; it's` },
              ],
              nodelist: [{ node: 'n1', groups: 'all' }],
              nodetype: [{ node: 'n1', provmethod: 'img' }],
              postscripts: [{ node: 'n1', postscripts: scripts, postbootscripts: 'last' }],
            }),
          ),
      }),
    },
    { installdir: join(directory, 'install'), state: join(directory, 'state') },
  );
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

/** Puts a script into <installdir>/postscripts; without a first line it is one of sh. */
async function script(name: string, body: string): Promise<void> {
  const path = join(directory, 'install/postscripts', name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
}

async function run(words: readonly string[], node: Partial<BootedNode> = {}): Promise<NodeEnd> {
  const work = await mkdtemp(join(directory, 'node-'));
  const ca = await readFile(certificatePaths(join(directory, 'etc')).ca, 'utf8');
  const cmdline = `quiet XCAT=127.0.0.1:${server.ports.tls} NODE=n1 *\n`;
  const input = { work, ca, cmdline, words, shell: ['sh'], without: [], files: [], ...node };
  return inNamespace<NodeEnd>('node-program-runner.ts', input);
}

const noCurl = ['/usr/bin/curl', '/bin/curl'];
const noOpenssl = ['/usr/bin/openssl', '/bin/openssl'];
const log = '/var/log/xcat/xcat.log';

describe.for([
  ['curl, sh', { without: noOpenssl }],
  ['openssl, bash', { without: noCurl, shell: ['bash', '--posix'] }],
  ['openssl, busybox', { without: noCurl, shell: ['busybox', 'sh'] }],
] as const)('a node with %s', ([, image]) => {
  test('runs its scripts in order, with their environment, and has booted then', async () => {
    scripts = 'site/first "a b" $NODE,second';
    await script('site/first', 'echo "first: $1, $2, $NODE, $NODESETSTATE, $MASTER in $PWD"');
    await script('second', '. ./lib.sh; echo "second: $lib $HOSTILE"');
    await script('last', 'echo "last: $(command -v last)"');
    await script('lib.sh', 'lib=library');
    const { status, files, output } = await run(['start'], {
      ...image,
      files: [log, '/tmp/never'],
    });
    expect([status, output.split('\n').filter((line) => /^\w+: /u.test(line))]).toEqual([
      0,
      [
        'first: a b, n1, n1, statelite, 127.0.0.1 in /xcatpost',
        `second: library '; echo "$(id)" > /tmp/never; it's`,
        'last: /xcatpost/last',
      ],
    ]);
    expect(files[log]).toContain('last: /xcatpost/last\n');
    expect(files[log]).toMatch(/^\d{4}-\d\d-\d\d \S+ postscript begins: site\/first a b n1$/mu);
    expect(files['/tmp/never']).toBeUndefined();
    expect(server.statuses).toEqual(['n1 postbooting', 'n1 postscripts=ok', 'n1 booted']);
  });

  test('has failed if one of them did; the others were run all the same', async () => {
    scripts = 'bad,good,absent';
    await script('bad', 'echo broken >&2; exit 3');
    await script('good', 'echo "good: ran"');
    await script('last', 'echo "last: ran"');
    const { status, output } = await run(['start'], image);
    expect(status).toBe(1);
    expect(output).toContain('broken\n');
    expect(output).toContain('good: ran\n');
    expect(output).toContain('last: ran\n');
    expect(output).toContain('absent: there is no such script');
    expect(server.statuses).toEqual(['n1 postbooting', 'n1 postscripts=failed:bad:3', 'n1 failed']);
  });

  test('gets its own host key, and who may log in, in files of root alone', async () => {
    await script('_ssh/authorized_keys', 'ssh-ed25519 AAAA root');
    const { status, files } = await run(['credential', 'ssh_host_ed25519_key', '/root/key'], {
      ...image,
      files: ['/root/key'],
    });
    expect(status).toBe(0);
    const kept = join(directory, 'state/hostkeys/n1/ssh_host_ed25519_key');
    expect(files['/root/key']).toBe(await readFile(kept, 'utf8'));
  });

  test('trusts nobody whose certificate is not of the CA in its image', async () => {
    const other = join(directory, 'other');
    await ensureCertificates(other, ['127.0.0.1'], new Date());
    const ca = await readFile(certificatePaths(other).ca, 'utf8');
    const { status } = await run(['credential', 'authorized_keys', '/root/keys'], { ...image, ca });
    expect(status).not.toBe(0);
    expect(server.log.join('\n')).not.toContain('credential');
  }, 60_000);

  test('says that it goes down', async () => {
    expect((await run(['stop'], image)).status).toBe(0);
    expect(server.statuses).toEqual(['n1 powering-off']);
  });
});

describe('a node whose /xcatpost is read-only', () => {
  test('has the scripts in memory: those of the image that are as they should be, and new ones', async () => {
    scripts = 'same,changed,images';
    await script('same', 'echo "same: ran" # by its digest');
    await script('changed', 'echo "changed: new"');
    await script('last', 'echo "last: ran"');
    const { output, status } = await run(['start'], {
      readOnlyPost: {
        same: '#!/bin/sh\necho "same: ran" # by its digest\n',
        changed: '#!/bin/sh\necho "changed: old"\n',
        images: '#!/bin/sh\necho "images: ran"\n',
      },
    });
    expect([status, output.match(/^\w+: \w+$/gmu)]).toEqual([
      0,
      ['same: ran', 'changed: new', 'images: ran', 'last: ran'],
    ]);
    const fetched = server.log.filter((line) => line.includes(': postscript, '));
    expect(fetched.length).toBeGreaterThan(0);
    const { length } = await readFile(join(directory, 'install/postscripts/same'), 'utf8');
    expect(fetched.join('\n')).not.toContain(`postscript, ${length} bytes`);
  });
});

test('an image with neither curl nor openssl says so at once', async () => {
  const without = [...noCurl, ...noOpenssl];
  const { status, output } = await run(['start'], { without });
  expect([status, output]).toEqual([1, expect.stringContaining('neither curl nor openssl')]);
});

test('what has been told to report nothing reports nothing', async () => {
  scripts = '';
  await script('last', ':');
  const { status } = await run(['start'], {
    cmdline: `XCAT=127.0.0.1:${server.ports.tls} nonodestatus\n`,
  });
  expect([status, server.statuses]).toEqual([0, []]);
});

test.for(['', 'XCAT=', 'XCAT=-k:1', 'XCAT=a;b:1', 'XCAT=mn:x', 'XCAT=$(reboot)'])(
  'a command line that names no management node is refused: %s',
  async (cmdline) => {
    const { status, output } = await run(['start'], { cmdline: `${cmdline}\n` });
    expect([status, output]).toEqual([1, 'no usable XCAT= on the kernel command line\n']);
  },
);
