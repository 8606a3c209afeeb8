import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { makeDirectory } from '../../agent/files/make-directory.ts';
import type { GeneratedFile } from './generated.ts';

/** Milliseconds: Kea reads ten thousand reservations in a second or two. */
const longest = 60_000;

/** How each server looks at its configuration without serving. */
const checkers = new Map<string, (path: string) => string[]>([
  ['dnsmasq.conf', askDnsmasq],
  ['dnsmasq-dns.conf', askDnsmasq],
  ['kea-dhcp4.conf', (path) => ['kea-dhcp4', '-t', path]],
]);

function askDnsmasq(path: string): string[] {
  return ['dnsmasq', '--test', `--conf-file=${path}`];
}

/**
 * Lets the servers' own programs look at files before they are written, in a directory of their
 * own. `filesIn` makes the files for a directory. A program that is not installed is not asked.
 * ERR_STATELITE_SETUP has what it said.
 */
export async function checkConfig(
  filesIn: (directory: string) => Promise<readonly GeneratedFile[]>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'statelite-check-'));
  try {
    const files = await filesIn(directory);
    makeDirectory(directory);
    for (const { path, text } of files) await writeFile(path, text);
    for (const { path } of files) {
      const argv = checkers.get(basename(path))?.(path);
      if (argv !== undefined) await ask(argv, directory, basename(path));
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function ask(
  [program = '', ...args]: readonly string[],
  directory: string,
  name: string,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  execFile(program, args, { timeout: longest, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
    if (error === null || hasCode(error, 'ENOENT')) resolve();
    else reject(refused(name, program, (stdout + stderr).replaceAll(`${directory}/`, '')));
  });
  return promise;
}

function refused(name: string, program: string, said: string): StateliteError {
  // Kea says it twice, the first time as its log has it.
  const all = said
    .split('\n')
    .map((line) => line.replace(/^\S+ \S+ [A-Z]+ +\[\S+\] \w+ /u, '').trim());
  const lines = all.filter((line) => /error|bad|fail|illegal|unknown/iu.test(line));
  const last = (lines.length > 0 ? lines : all.filter((line) => line !== '')).at(-1) ?? '';
  return new StateliteError('ERR_STATELITE_SETUP', `${program} does not take ${name}: ${last}`, {
    hint: 'correct what it is made from, networks, site rows and the hosts file; --force writes it all the same',
  });
}
