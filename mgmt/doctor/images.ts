import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode, StateliteError } from '../../agent/errors.ts';
import { rootServer } from '../../agent/protocol/cmdline.ts';
import { agentFor } from '../agent-for.ts';
import { certificatePaths } from '../setup/certificates.ts';
import type { Check } from './check.ts';
import { type Finding, fail, note, ok, warn } from './finding.ts';
import { isOwn } from './machine.ts';
import { readFromInitramfs } from './read-archive.ts';
import type { Boot, Site } from './site.ts';

/** A file, as far as it matters here. */
export interface FileFacts {
  readonly path: string;
  readonly size: number;
  readonly changed: Date;
  /** The first directory above it, or itself, that not everybody may pass or read. */
  readonly closed: string | undefined;
}

/** What is known of an image on this machine; files are undefined where there are none. */
export interface ImageFacts {
  readonly name: string;
  readonly rootimgdir: string;
  /** Whether nodes mount it from here. */
  readonly isHere: boolean;
  readonly hasRoot: boolean;
  /** What loaders fetch, and what genimage made, by name. */
  readonly published: Readonly<Record<string, FileFacts | undefined>>;
  readonly built: Readonly<Record<string, FileFacts | undefined>>;
  readonly agentChanged: Date | undefined;
  /** The CA of the published initramfs: whether it is the current one; undefined if it has none. */
  readonly ca: 'same' | 'other' | 'none' | 'unknown';
}

const initramfs = 'initrd-statelite.gz';
const names = ['kernel', initramfs];

export const images: Check<Site> = {
  group: 'images',
  name: 'images',
  async look(site) {
    const findings: Finding[] = [];
    for (const boots of Map.groupBy(site.boots, ({ image }) => image.name).values()) {
      const [first] = boots;
      if (first === undefined) continue;
      findings.push(...(await checkImage(first, boots, site)));
    }
    return findings;
  },
};

/** Whether loaders get what they ask for, and nodes what they trust. */
export function judgeImage(facts: ImageFacts): Finding[] {
  const { name } = facts;
  const remake = `genimage --onlyinitrd ${name}`;
  const findings = names.flatMap((file) => judgeFile(file, facts));
  const packed = facts.published[initramfs];
  if (facts.isHere && !facts.hasRoot) {
    findings.push(
      fail(`osimage ${name}: there is no ${join(facts.rootimgdir, 'rootimg')}`, `genimage ${name}`),
    );
  }
  if (facts.ca === 'other') {
    const message = `osimage ${name}: its initramfs has another CA, so nodes do not trust this machine`;
    findings.push(fail(message, remake));
  }
  if (facts.ca === 'none') {
    const message = `osimage ${name}: its initramfs has no CA, so nodes cannot know this machine`;
    findings.push(fail(message, remake));
  }
  if (
    packed !== undefined &&
    facts.agentChanged !== undefined &&
    packed.changed < facts.agentChanged
  ) {
    findings.push(warn(`osimage ${name}: its initramfs is older than the installed agent`, remake));
  }
  return findings.length > 0
    ? findings
    : [ok(`osimage ${name}: kernel, initramfs and CA are current`)];
}

function judgeFile(file: string, { name, published, built }: ImageFacts): Finding[] {
  const [there, source] = [published[file], built[file]];
  if (there === undefined) {
    const hint = source === undefined ? `genimage ${name}` : `nodeset <nodes> osimage=${name}`;
    return [fail(`osimage ${name}: there is no ${file} to boot`, hint)];
  }
  if (there.closed !== undefined) {
    const right = there.closed === there.path ? 'o+r' : 'o+rx';
    const message = `osimage ${name}: only servers that run as root can read ${there.path}`;
    return [warn(message, `chmod ${right} ${there.closed}`)];
  }
  const isOld =
    source !== undefined && (source.size !== there.size || source.changed > there.changed);
  if (!isOld) return [];
  const message = `osimage ${name}: ${source.path} is newer than the ${file} that nodes fetch`;
  return [warn(message, `nodeset <nodes> osimage=${name} copies it`)];
}

async function checkImage({ image, cmdline }: Boot, boots: readonly Boot[], site: Site) {
  const { cluster, settings } = site;
  const published = join(cluster.site.tftpdir, 'xcat/osimage', image.name);
  const { ca, why } = await caOf(join(published, initramfs), certificatePaths(settings.etc).ca);
  const facts = {
    name: image.name,
    rootimgdir: image.rootimgdir,
    isHere: isOwn(rootServer(cmdline.root)),
    hasRoot: (await factsOf(join(image.rootimgdir, 'rootimg'))) !== undefined,
    published: await filesOf(published),
    built: await filesOf(image.rootimgdir),
    agentChanged: (await factsOf(agentFor(image.arch, settings)))?.changed,
    ca,
  };
  const nodes = boots
    .map(({ node }) => node)
    .slice(0, 3)
    .join(',');
  const findings = judgeImage(facts).map((one) =>
    one.hint === undefined ? one : { ...one, hint: one.hint.replace('<nodes>', nodes) },
  );
  return why === undefined ? findings : [...findings, why];
}

async function filesOf(directory: string): Promise<ImageFacts['published']> {
  const all = names.map(async (name) => [name, await factsOf(join(directory, name))] as const);
  return Object.fromEntries(await Promise.all(all));
}

async function factsOf(path: string): Promise<FileFacts | undefined> {
  try {
    const { size, mtime, mode } = await stat(path);
    const closed = (mode & 0o004) === 0 ? path : await closedAbove(path);
    return { path, size, changed: mtime, closed };
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

async function closedAbove(path: string): Promise<string | undefined> {
  for (let at = dirname(path); at !== '/'; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return at;
  }
  return undefined;
}

/** Compares the CA of an initramfs with the current one; what is no initramfs is a finding. */
async function caOf(
  path: string,
  current: string,
): Promise<{ ca: ImageFacts['ca']; why?: Finding }> {
  try {
    const wanted = await readFile(current);
    const has = await readFromInitramfs(path, 'etc/statelite/ca.pem');
    if (has === undefined) return { ca: 'none' };
    return { ca: has.equals(wanted) ? 'same' : 'other' };
  } catch (error) {
    // Said of the file itself.
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return { ca: 'unknown' };
    if (hasCode(error, 'EACCES'))
      return { ca: 'unknown', why: note(error.message, 'run it as root') };
    if (error instanceof StateliteError) {
      return { ca: 'unknown', why: fail(error.message, error.hint ?? 'genimage --onlyinitrd') };
    }
    throw error;
  }
}
