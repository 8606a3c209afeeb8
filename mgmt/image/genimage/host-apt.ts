import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { hasCode } from '../../../agent/errors.ts';
import { type AptSource, parseListFile, parseSourcesFile } from './apt-sources.ts';

/** What of the host's apt configuration a build needs as well: how to get out, and what to believe. */
const inherited = /^Acquire::((https?|ftp)::Proxy|Check-Valid-Until|Check-Date)\b/;

/** The repositories this machine itself installs from, `directory` being /etc/apt. */
export async function readHostSources(directory: string): Promise<AptSource[]> {
  const parts = join(directory, 'sources.list.d');
  const names = await readdir(parts).catch(emptyIfMissing);
  const files = [
    join(directory, 'sources.list'),
    ...names.toSorted().map((name) => join(parts, name)),
  ];
  const sources = await Promise.all(
    files.map(async (file) => {
      if (file.endsWith('.list')) return parseListFile(await readText(file));
      return file.endsWith('.sources') ? parseSourcesFile(await readText(file)) : [];
    }),
  );
  return sources.flat();
}

/** Proxies and clock checks of this machine's apt, as apt.conf(5) lines. */
export async function readHostOptions(): Promise<string[]> {
  const { stdout } = await promisify(execFile)('apt-config', ['dump']);
  return inheritedOptions(stdout);
}

/** The lines of `apt-config dump` that a build inherits. */
export function inheritedOptions(dump: string): string[] {
  return dump.split('\n').filter((line) => inherited.test(line) && !line.endsWith(' "";'));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}

function emptyIfMissing(error: unknown): string[] {
  if (hasCode(error, 'ENOENT')) return [];
  throw error;
}
