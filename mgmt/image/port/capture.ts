import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { StateliteError } from '../../../agent/errors.ts';
import type { InitramfsJob } from '../genimage/build.ts';
import { platformNames } from '../genimage/distribution.ts';
import { exists } from '../genimage/exists.ts';
import { imageTree, type ImageTree } from '../genimage/inside.ts';
import { copyKernel } from '../genimage/kernel.ts';
import { withImageLock } from '../genimage/lock.ts';
import { prepareKernel } from '../genimage/prepare-kernel.ts';
import type { Profile } from '../genimage/profile-file.ts';
import { writeRootFiles } from '../genimage/root-files.ts';
import type { ImageSpec } from '../genimage/spec.ts';
import { dropSshKeys } from '../genimage/ssh-keys.ts';
import { commit, discard, openStaging } from '../genimage/staging.ts';
import { defaultExclusions, foreignMounts, parseExclusions } from './capture-exclude.ts';
import { megabytes } from './export-image.ts';
import { type Piped, piped, together } from '../pack/piped.ts';
import { counted } from './work.ts';

export interface CaptureTools {
  readonly signal: AbortSignal;
  readonly progress: Record<'step' | 'update' | 'done', (text: string) => void>;
  readonly buildInitramfs: (job: InitramfsJob) => Promise<readonly string[]>;
}

export interface Captured {
  readonly kernel: string;
  readonly contents: readonly string[];
  /** What was left out besides the list: the node's mounts that are no disks. */
  readonly mounts: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Makes the next generation of an image out of a running node: tar(1) there, over ssh, tar(1) here;
 * then kernel and initramfs as genimage makes them, and one rename. Nothing is changed on the node,
 * and a failure leaves the last good image. `exclusions` are those of `captureExclusions`. Throws
 * ERR_STATELITE_COMMAND with the words of ssh and tar, ERR_STATELITE_IMAGE for a node without a disk.
 */
export async function captureImage(
  node: string,
  spec: ImageSpec,
  exclusions: readonly string[],
  tools: CaptureTools,
): Promise<Captured> {
  const { signal, progress } = tools;
  progress.step(`asking ${node}`);
  const mountinfo = await told(remote(node, 'cat /proc/self/mountinfo', signal));
  const { points, patterns } = foreignMounts(mountinfo, node);
  return withImageLock(spec.rootimgdir, async () => {
    const staging = await openStaging(spec.rootimgdir);
    try {
      const { root, kernel: output, initramfs } = staging.new;
      await mkdir(root, { mode: 0o755 });
      progress.step(`copying the root of ${node}`);
      const changed = await copyRoot(node, root, [...exclusions, ...patterns], tools);
      const tree = imageTree(root);
      await finishRoot(tree, points, spec);
      progress.step('initramfs');
      const kernel = await prepareKernel(tree, spec, undefined);
      await copyKernel(tree, kernel, output);
      const contents = await tools.buildInitramfs({
        root,
        osarch: spec.osarch,
        kernel: kernel.version,
        output: initramfs,
        drivers: spec.netdrivers,
        partitionfile: spec.partitionfile,
        signal,
        onProgress: (done, total) => progress.update(`${Math.floor((100 * done) / total)} %`),
      });
      signal.throwIfAborted();
      await commit(staging, { by: `imgcapture ${node}`, kernel: kernel.version });
      const warnings = changed ? [`${node}: files changed while they were read`] : [];
      return { kernel: kernel.version, contents, mounts: points, warnings };
    } catch (error) {
      await discard(staging);
      throw error;
    }
  });
}

/**
 * The patterns of the profile's list, `<installdir>/custom/netboot/<platform>/<profile>….imgcapture.exlist`,
 * looked for as other lists are (mgmt 4.4); without one the default. Where the list is, if there is one.
 */
export async function captureExclusions(
  { profile, osvers, osarch }: Profile,
  installdir: string,
): Promise<{ patterns: readonly string[]; list: string | undefined }> {
  const names = [
    `${profile}.${osvers}.${osarch}`,
    `${profile}.${osarch}`,
    `${profile}.${osvers}`,
    profile,
  ];
  for (const directory of platformNames(osvers).names) {
    for (const name of names) {
      const list = join(installdir, 'custom/netboot', directory, `${name}.imgcapture.exlist`);
      if (!(await exists(list))) continue;
      return { patterns: parseExclusions(await readFile(list, 'utf8'), list), list };
    }
  }
  return { patterns: defaultExclusions, list: undefined };
}

/** ssh(1) asks nothing. Its words for the node's shell are ours alone: no value of a table is in them. */
function remote(
  node: string,
  words: string,
  signal: AbortSignal,
  fine: readonly number[] = [0],
): Piped {
  if (!/^[A-Za-z0-9_][\w.-]*$/u.test(node)) throw new Error(`${node} is no host name`);
  const options = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=20'];
  return piped(['ssh', ...options, '--', node, words], { signal, fine, install: 'openssh-client' });
}

const packWords =
  "tar --create --file=- --directory=/ --format=posix --numeric-owner --acls --xattrs --xattrs-include='*' --sparse --anchored --wildcards --wildcards-match-slash --exclude-from=- .";

/** Whether files changed while tar read them, which a running system cannot help. */
async function copyRoot(
  node: string,
  root: string,
  patterns: readonly string[],
  { signal, progress }: Pick<CaptureTools, 'signal' | 'progress'>,
): Promise<boolean> {
  const onBytes = (bytes: number) => progress.update(megabytes(bytes));
  // 1: some files differ, or vanished.
  const pack = remote(node, packWords, signal, [0, 1]);
  // To the very end of its input: ssh must not find the pipe closed behind the last member.
  const options =
    '--extract --file=- --ignore-zeros --numeric-owner --same-owner --preserve-permissions --acls --xattrs --xattrs-include=*';
  const unpack = piped(['tar', ...options.split(' ')], { cwd: root, signal, install: 'tar' });
  unpack.stdout.resume();
  pack.stdin.end(patterns.map((pattern) => `${pattern}\n`).join(''));
  await together(
    [pack, unpack],
    [
      pipeline(
        pack.stdout,
        (chunks: AsyncIterable<Buffer>) => counted(chunks, onBytes),
        unpack.stdin,
      ),
    ],
  );
  return (await pack.ended) === 1;
}

async function told(program: Piped): Promise<string> {
  program.stdin.end();
  const [said] = await Promise.all([text(program.stdout), program.ended]);
  return said;
}

/** What genimage does with a root that was just installed, and the directories that were left out. */
async function finishRoot(
  tree: ImageTree,
  mountPoints: readonly string[],
  profile: Profile,
): Promise<void> {
  if (!(await tree.exists('/etc'))) {
    throw new StateliteError('ERR_STATELITE_IMAGE', 'the captured root has no /etc', {
      hint: 'is the list of what is left out right?',
    });
  }
  for (const path of [...mountPoints, '/proc', '/sys', '/dev', '/run']) {
    await tree.makeDirectory(path);
  }
  for (const path of ['/tmp', '/var/tmp']) {
    await tree.makeDirectory(path);
    await chmod(await tree.at(path), 0o1777);
  }
  await writeRootFiles(tree, profile);
  await dropSshKeys(tree);
}
