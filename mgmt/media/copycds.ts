import { join, relative } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import { chase } from '../../agent/files/chase.ts';
import type { Logger } from '../../agent/log.ts';
import type { Store } from '../db/store.ts';
import { chooseDistribution, type Asked } from './choose-distribution.ts';
import { copyMedia, type Disc } from './copy-medium.ts';
import { defineImages } from './define-images.ts';
import { discNumber, type Distribution } from './distribution.ts';
import { fingerprintOf, readFingerprints } from './fingerprint.ts';
import type { Medium } from './medium.ts';
import { bytesOfMembers } from './member.ts';
import { openMedium } from './open-medium.ts';
import { type Exchange, inUnits } from './place.ts';
import { recognize } from './recognize.ts';

/** What the command line asks for; paths are absolute. */
export interface CopyWish extends Asked {
  readonly media: readonly string[];
  /** Where the copy goes, if not to `<installdir>/<name>/<arch>`. */
  readonly path?: string | undefined;
  readonly nonoverwrite: boolean;
  readonly images: boolean;
}

export interface CopycdsDeps {
  readonly installdir: string;
  readonly store: Store;
  readonly log: Logger;
  readonly print: (line: string) => void;
  /** On stderr; see mgmt/cli/progress.ts. */
  readonly progress: Readonly<Record<'step' | 'update' | 'done', (text: string) => void>>;
  readonly exchange: Exchange;
  readonly signal: AbortSignal;
}

/** What `-i` prints of one medium, in xCAT's words. Throws like `openMedium` and `chooseDistribution`. */
export async function inspectMedium(path: string, signal: AbortSignal): Promise<string[]> {
  const { texts } = await openMedium(path, signal);
  const { name, arch, disc } = chooseDistribution(path, recognize(texts), {});
  return [`OS Image:${path}`, `DISTNAME:${name}`, `ARCH:${arch}`, `DISCNO:${disc}`];
}

/**
 * Copies the media of one distribution and defines its osimages (reference 4.1). Every medium is
 * opened and known before the first is copied. Throws like `openMedium`, `chooseDistribution` and
 * `copyMedia`; ERR_STATELITE_USAGE for media of different distributions.
 */
export async function copycds(wish: CopyWish, deps: CopycdsDeps): Promise<void> {
  const { installdir, print, signal } = deps;
  const found: { readonly medium: Medium; readonly distribution: Distribution }[] = [];
  for (const path of wish.media) {
    const medium = await openMedium(path, signal);
    const distribution = chooseDistribution(path, recognize(medium.texts), wish);
    found.push({ medium, distribution });
  }
  const [first] = found;
  if (first === undefined) throw new StateliteError('ERR_STATELITE_USAGE', 'name a medium');
  const { distribution } = first;
  for (const other of found) refuseOther(first, other);

  const pkgdir = wish.path ?? join(installdir, distribution.name, distribution.arch);
  if (pkgdir.includes(',')) {
    throw new StateliteError('ERR_STATELITE_USAGE', `-p ${pkgdir} has a comma`, {
      hint: 'linuximage.pkgdir is a list with commas',
    });
  }
  if (isOutside(installdir, pkgdir)) {
    deps.log.warn(
      `${pkgdir} is not below ${installdir}: nodes can only install from it if a web server shows it to them`,
    );
  }
  const known = wish.nonoverwrite ? await readFingerprints(pkgdir) : [];
  const discs: Disc[] = [];
  for (const {
    medium,
    distribution: { disc },
  } of found) {
    if (known.includes(fingerprintOf(medium.members))) {
      print('The disc iso has already been copied in!');
    } else if (await isPlaceItself(medium, pkgdir)) {
      deps.log.info(`${medium.path} is in its place`);
    } else discs.push({ medium, ...whereOf(distribution, disc) });
  }
  if (discs.length > 0) await copyDiscs(pkgdir, discs, deps);
  await defineImages({ distribution, installdir, pkgdir }, { ...deps, images: wish.images });
}

async function copyDiscs(pkgdir: string, discs: readonly Disc[], deps: CopycdsDeps): Promise<void> {
  const { print, progress, exchange, signal } = deps;
  for (const { directory } of discs) print(`Copying media to ${join(pkgdir, directory)}`);
  const bytes = discs.reduce((sum, { medium }) => sum + bytesOfMembers(medium.members), 0);
  progress.step(`copying ${inUnits(bytes)}`);
  const onProgress = (done: number) =>
    progress.update(`${Math.floor((100 * done) / Math.max(bytes, 1))} %`);
  await copyMedia(pkgdir, discs, { signal, exchange, onProgress });
  progress.done(`copied ${inUnits(bytes)}`);
  print('Media copy operation successful');
}

/**
 * SLES discs are repositories of their own, each in its directory. So are further discs of Debian,
 * whose package lists would hide each other; those of Red Hat's complete the first.
 */
function whereOf({ family }: Distribution, disc: string): Pick<Disc, 'directory' | 'number'> {
  const number = discNumber(disc);
  if (family === 'suse') return { directory: disc, number };
  return { directory: family === 'debian' && number > 1 ? String(number) : '', number };
}

function refuseOther(
  first: { readonly medium: Medium; readonly distribution: Distribution },
  other: { readonly medium: Medium; readonly distribution: Distribution },
): void {
  const [one, another] = [first, other].map(
    ({ distribution: { name, arch } }) => `${name} ${arch}`,
  );
  if (one === another) return;
  throw new StateliteError(
    'ERR_STATELITE_USAGE',
    `${first.medium.path} is ${one}, but ${other.medium.path} is ${another}`,
    { hint: 'copy one distribution at a time; nothing was copied' },
  );
}

function isOutside(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way === '..' || way.startsWith('../');
}

/** A tree in its place only lacks its images; one that overlaps it would be copied into itself. */
async function isPlaceItself(medium: Medium, pkgdir: string): Promise<boolean> {
  if (medium.kind === 'iso') return false;
  const [source, target] = [await chase('/', medium.path), await chase('/', pkgdir)];
  if (source === target) return true;
  if (isOutside(source, target) && isOutside(target, source)) return false;
  throw new StateliteError('ERR_STATELITE_USAGE', `${source} and ${target} overlap`, {
    hint: 'give another directory with -p',
  });
}
