import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { management, type Management, type Ran } from '../../../helpers/mgmt.ts';
import { verbs } from '../../../../mgmt/cli/verbs.ts';
import { main } from '../../../../mgmt/main.ts';
import { plantTree } from '../../../helpers/tree.ts';
import { makeMedia } from './media.ts';
import type { PrintedLine } from './printed.ts';

const program = new URL('../../../../mgmt/main.ts', import.meta.url).pathname;
const sample = new URL('../../../fixtures/redhat-litefile.csv', import.meta.url).pathname;

/** A management node that a document is followed on; its directories are below one of their own. */
export interface Machine extends AsyncDisposable {
  readonly mn: Management;
  /** The text with the machine's directories and architecture for those of the documents. */
  readonly adapt: (text: string) => string;
  /** Does what the text asks for before a line, then the line, in the directory of the last `cd`. */
  readonly follow: (line: PrintedLine) => Promise<Ran>;
  /** One command line, ours or a program's. */
  readonly run: (line: string) => Promise<Ran>;
}

/** The directories of the documents, where a word or the path of a URL begins. */
const places =
  /(^|[\s=|,>]|file:\/\/)(\/(?:install|iso|media|etc\/generated|tftpboot|boot|opt\/xcat|lib\/modules)\b)/g;

/** A machine with the documents' discs and nothing copied yet. */
export async function machine(): Promise<Machine> {
  const mn = await management({});
  // what is in an initramfs is not this test's: a small static program stands for the agent
  const env = { ...mn.io.env, STATELITE_AGENT: '/usr/bin/busybox' };
  makeMedia(mn.directory);
  plantPrograms(mn.directory);
  // genimage runs what packages bring: the nodes of all documents are of the tests' architecture
  const adapt = (text: string) =>
    text.replaceAll(places, `$1${mn.directory}$2`).replaceAll('ppc64le', 'x86_64');
  let cwd = mn.directory;
  const run = async (text: string, ownKernels = false): Promise<Ran> => {
    const line = adapt(text);
    const [first = '', ...words] = line.split(/\s+/);
    const verb = basename(first);
    if (first === 'cd') {
      cwd = resolve(cwd, words.join(' '));
      return { code: statSync(cwd).isDirectory() ? 0 : 1, out: [], err: '' };
    }
    const shell = ['/bin/sh', '-c', line];
    const environment = { ...env, HOME: join(mn.directory, 'root'), PATH: pathOf(mn.directory) };
    if (!Object.hasOwn(verbs, verb)) return execute(shell, cwd, environment);
    if (ownKernels) {
      const argv = ['bash', '-c', 'exec -a "$@"', 'sh', verb, process.execPath, program, ...words];
      return execute([...withKernels(mn.directory), ...argv], cwd, environment);
    }
    return runVerb(verb, words, { ...mn.io, env, cwd });
  };
  return {
    mn,
    adapt,
    run,
    async follow({ how, printed, adapted, first = [], written = {}, ownKernels }) {
      for (const line of first) {
        const ran = await run(line);
        if (ran.code !== 0) throw new Error(`${line} failed: ${ran.err}`);
      }
      for (const [path, text] of Object.entries(written)) {
        const place = adapt(path);
        plantTree('/', { [place]: adapt(text) });
        if (text.startsWith('#!')) chmodSync(place, 0o755);
      }
      if (how === 'effect' || how === 'elsewhere') return { code: 0, out: [], err: '' };
      return run(asTyped(printed, adapted?.words), ownKernels);
    },
    [Symbol.asyncDispose]: () => mn[Symbol.asyncDispose](),
  };
}

/** One line, as a shell gets it, with the words that are others here. */
export function asTyped(
  printed: readonly string[],
  words: Readonly<Record<string, string>> = {},
): string {
  const line = printed.map((part) => part.replace(/\\$/, '').trim()).join(' ');
  return Object.entries(words).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${text} has no ${from}`);
    return text.replaceAll(from, to);
  }, line.trim());
}

/** In this process, under the name that was typed. */
async function runVerb(verb: string, words: readonly string[], io: Management['io']): Promise<Ran> {
  let out = '';
  let err = '';
  const code = await main(words, {
    ...io,
    names: [verb],
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  });
  return { code, out: out.split('\n').slice(0, -1), err };
}

function execute(
  [file = '', ...argv]: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Ran> {
  const { promise, resolve: done } = Promise.withResolvers<Ran>();
  const child = execFile(file, argv, { cwd, env }, (error, out, err) => {
    const code = error === null ? 0 : (child.exitCode ?? 1);
    done({ code, out: out.split('\n').slice(0, -1), err: err || (error?.message ?? '') });
  });
  return promise;
}

/** Names of programs that are others on Debian, and rpm with the database where other systems have it. */
function plantPrograms(directory: string): void {
  for (const name of ['bin', 'root', 'boot', 'lib/modules']) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  symlinkSync('/usr/bin/createrepo_c', join(directory, 'bin/createrepo'));
  writeFileSync(join(directory, 'root/.rpmmacros'), '%_dbpath /var/lib/rpm\n');
  plantTree(directory, { 'media/litefile.csv': { link: sample } });
}

function pathOf(directory: string): string {
  return `${join(directory, 'bin')}:/usr/sbin:/usr/bin:/sbin:/bin`;
}

/** A mount namespace where /boot and /lib/modules are those below the directory. */
function withKernels(directory: string): string[] {
  const overlay = join(directory, 'overlay');
  mkdirSync(overlay);
  const script = `mount -t tmpfs none ${overlay}
mkdir -p ${overlay}/up/modules ${overlay}/work
mount -t overlay -o lowerdir=/usr/lib,upperdir=${overlay}/up,workdir=${overlay}/work none /usr/lib
mount --bind ${directory}/lib/modules /usr/lib/modules
mount --bind ${directory}/boot /boot
exec "$@"`;
  return ['unshare', '-m', '--propagation', 'private', 'sh', '-e', '-c', script, 'sh'];
}
