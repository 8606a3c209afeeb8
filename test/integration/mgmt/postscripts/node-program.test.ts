import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StateliteError } from '../../../../agent/errors.ts';
import { mypostscriptOf } from '../../../../mgmt/postscripts/mypostscript.ts';
import { certificatePaths, ensureCertificates } from '../../../../mgmt/setup/certificates.ts';
import { clusterOf } from '../../../helpers/cluster.ts';
import { startTestDaemon, type TestDaemon, view } from '../../../helpers/daemon.ts';
import { inNamespace } from '../../../helpers/namespace.ts';
import type { BootedNode, NodeEnd } from '../../../helpers/node-program-runner.ts';

/** Certificates, one pair for all tests. */
let etc: string;
let directory: string;
let server: TestDaemon;
let scripts: string;
/** Rows of the site table besides. */
let site: Record<string, string>;
/** So often the list of scripts cannot be had. */
let refusals: number;

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), 'statelite-'));
  await ensureCertificates(etc, ['127.0.0.1', 'localhost'], new Date());
});
afterAll(() => rm(etc, { recursive: true }));
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'statelite-'));
  scripts = '';
  site = {};
  refusals = 0;
  const allowed = { allowed: true, trusted: false, row: '1' };
  server = await startTestDaemon(
    etc,
    {
      view: async () => ({
        ...view,
        decide: () => allowed,
        mypostscript: (node) => {
          refusals -= 1;
          if (refusals >= 0) throw new StateliteError('ERR_STATELITE_TABLE', 'a row is wrong');
          return mypostscriptOf(
            node,
            clusterOf({
              site: [
                { key: 'master', value: '127.0.0.1' },
                { key: 'hostile', value: `'; echo "$(id)" > /tmp/never; it's` },
                ...Object.entries(site).map(([key, value]) => ({ key, value })),
              ],
              nodelist: [{ node: 'n1', groups: 'all' }],
              nodetype: [{ node: 'n1', provmethod: 'img' }],
              postscripts: [{ node: 'n1', postscripts: scripts, postbootscripts: 'last' }],
            }),
          );
        },
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
  const ca = await readFile(certificatePaths(etc).ca, 'utf8');
  const cmdline = `quiet XCAT=127.0.0.1:${server.ports.tls} NODE=n1 *\n`;
  const input = { work, ca, cmdline, words, shell: ['sh'], without: [], files: [], ...node };
  return inNamespace<NodeEnd>('node-program-runner.ts', input);
}

const noCurl = ['/usr/bin/curl', '/bin/curl'];
const noOpenssl = ['/usr/bin/openssl', '/bin/openssl'];
const log = '/var/log/xcat/xcat.log';
/** Pauses take no time. */
const noSleep = { instead: { '/usr/bin/sleep': '#!/bin/sh\n' } };

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
    expect(status).toBe(3);
    expect(output).toContain('broken\n');
    expect(output).toContain('good: ran\n');
    expect(output).toContain('last: ran\n');
    expect(output).toContain('absent: there is no such script');
    expect(server.statuses).toEqual(['n1 postbooting', 'n1 postscripts=failed:bad:3', 'n1 failed']);
  });

  test('keeps to arguments that have no value, and to files that are no text', async () => {
    scripts = 'first x$UNSET "$ALSO_UNSET",first y';
    await script('first', 'echo "first: $# $1"');
    await script('last', 'cat data | sha256sum');
    const data = Buffer.from([0, 1, 13, 10, 10, 255, 0, 13, 10, 13, 10, 128]);
    await writeFile(join(directory, 'install/postscripts/data'), data);
    const { status, output } = await run(['start'], image);
    expect(status).toBe(0);
    expect(output).toContain('first: 2 x\n');
    expect(output).toContain('first: 1 y\n');
    expect(output).toContain(`${createHash('sha256').update(data).digest('hex')}  -\n`);
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

  test('says that it goes down', async () => {
    expect((await run(['stop'], image)).status).toBe(0);
    expect(server.statuses).toEqual(['n1 powering-off']);
  });

  test('keeps to the memory of the boot agent where nothing else can be written', async () => {
    await script('last', 'echo "last: ran"; /usr/lib/statelite/node once; exit 3');
    const kept = '/.statelite/tmpfs/run/statelite/xcat.log';
    const { status, output, files } = await run(['once'], {
      ...image,
      isReadOnly: true,
      files: [kept, '/run/statelite/boot', '/xcatpost/last'],
    });
    expect([status, output.match(/begins: last/gu)]).toEqual([3, ['begins: last']]);
    expect(output).not.toMatch(/read-only|cannot/iu);
    expect(files[kept]).toContain('last: ran\n');
    expect(files['/run/statelite/boot']).toBeUndefined();
    expect(files['/xcatpost/last']).toContain('last: ran');
    expect(server.statuses).toEqual([
      'n1 postbooting',
      'n1 postscripts=failed:last:3',
      'n1 failed',
    ]);
  });
});

describe('a node on which nothing can be written', () => {
  test('says that it goes down, and nothing after that', async () => {
    await script('last', '/usr/lib/statelite/node stop; exit 3');
    expect((await run(['start'], { isReadOnly: true })).status).toBe(3);
    expect(server.statuses).toEqual(['n1 postbooting', 'n1 powering-off']);
  });

  test('says that its scripts have no place, if not even memory can be mounted', async () => {
    const { status, output } = await run(['start'], {
      isReadOnly: true,
      instead: { '/usr/bin/mount': '#!/bin/sh\nexit 1\n' },
    });
    expect([status, output]).toEqual([1, '/xcatpost cannot be written\n']);
    expect(server.statuses).toEqual(['n1 postscripts=failed:places', 'n1 failed']);
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

describe('a node', () => {
  test('asks again where it was not answered', async () => {
    refusals = 3;
    await script('last', 'echo "last: ran"');
    expect(await run(['start'], noSleep)).toMatchObject({
      status: 0,
      output: expect.stringContaining('last: ran'),
    });
    expect(server.statuses.at(-1)).toBe('n1 booted');
  });

  test('has its own ssh keys, and lets in whom it should, with remoteshell', async () => {
    scripts = 'remoteshell';
    await script('last', ':');
    await script('_ssh/authorized_keys', 'ssh-ed25519 AAAA root');
    const paths = ['/etc/ssh/ssh_host_ed25519_key', '/root/.ssh/authorized_keys'] as const;
    const { status, files } = await run(['start'], {
      instead: { '/usr/sbin/sshd': '#!/bin/sh\n' },
      files: paths,
    });
    const kept = join(directory, 'state/hostkeys/n1/ssh_host_ed25519_key');
    expect([status, files[paths[0]]]).toEqual([0, await readFile(kept, 'utf8')]);
    expect(files[paths[1]]).toBe('#!/bin/sh\nssh-ed25519 AAAA root\n');
    expect(server.statuses.at(-1)).toBe('n1 booted');
  });

  test('has failed if nobody tells it what to run', async () => {
    refusals = 99;
    const { status, output } = await run(['start'], noSleep);
    expect([status, output]).toEqual([1, expect.stringContaining('a row is wrong')]);
    expect(server.statuses).toEqual([
      'n1 postbooting',
      'n1 postscripts=failed:fetch:1',
      'n1 failed',
    ]);
  });

  test('prints the end of what a script prints, and keeps all of it', async () => {
    await script('last', 'seq 100000; echo "last: ran"');
    const { output, files } = await run(['start'], { files: [log] });
    expect(output.length).toBeLessThan(70_000);
    expect(output).toMatch(/^\.\.\. \d+ bytes, all of them in \S+$/mu);
    expect(output).toContain('last: ran\n');
    expect(files[log]).toContain('\n1\n2\n3\n');
  });

  test('says nothing more of itself once it goes down', async () => {
    await script('last', '/usr/lib/statelite/node stop; exit 3');
    expect((await run(['start'])).status).toBe(3);
    expect(server.statuses).toEqual(['n1 postbooting', 'n1 powering-off']);
  });

  test('runs them once per boot if that is asked, and never twice at a time', async () => {
    await script('last', '/usr/lib/statelite/node once; /usr/lib/statelite/node start; :');
    const { status, output } = await run(['once']);
    expect(status).toBe(0);
    expect(output.match(/begins: last/gu)).toHaveLength(1);
    expect(output).toMatch(/the postscripts run already, as process \d+\n/u);
    expect(server.statuses).toEqual(['n1 postbooting', 'n1 postscripts=ok', 'n1 booted']);
  });

  test.for(['yes', '1', 'Y'])(
    'leaves no scripts in memory with cleanupxcatpost=%s',
    async (value) => {
      site = { cleanupxcatpost: value };
      await script('last', ':');
      const { status, files } = await run(['start'], {
        readOnlyPost: { kept: 'x' },
        files: ['/xcatpost/last', '/xcatpost/kept'],
      });
      expect([status, files]).toEqual([0, { '/xcatpost/kept': 'x' }]);
    },
  );

  test('runs nothing in an environment that a shell cannot take, and has failed', async () => {
    await script('last', ':');
    const broken =
      '#!/bin/sh\nexec /usr/bin/busybox sed "$@" | /usr/bin/busybox sed "s/^export NODE\\$/(/"\n';
    const { status, output } = await run(['start'], { instead: { '/usr/bin/sed': broken } });
    expect([status, output]).toEqual([3, expect.stringContaining('environment')]);
    expect(server.statuses.at(-1)).toBe('n1 failed');
  });
});

test('what has been told to report nothing reports nothing', async () => {
  scripts = '';
  await script('last', ':');
  const { status } = await run(['start'], {
    cmdline: `XCAT=127.0.0.1:${server.ports.tls} nonodestatus\n`,
  });
  expect([status, server.statuses]).toEqual([0, []]);
});
