import { StateliteError } from '../../agent/errors.ts';
import { publishPayload } from '../bootfiles/payload.ts';
import { attributeOf } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { readCluster } from '../db/read-cluster.ts';
import { chooseImage } from '../image/genimage/choose-image.ts';
import { imageRowOf } from '../image/genimage/image-row.ts';
import { interruptible } from '../image/genimage/interruptible.ts';
import type { Profile } from '../image/genimage/profile-file.ts';
import { captureExclusions, captureImage } from '../image/port/capture.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { initramfsFor } from './initramfs-for.ts';

export const imgcapture = (context: Context) =>
  command({
    command: 'imgcapture <node>',
    describe: 'Make an image of a node that runs from its disk',
    options: (yargs) =>
      yargs
        .positional('node', {
          type: 'string',
          demandOption: true,
          describe: 'A running node where root of this machine may log in with ssh',
        })
        .option('type', {
          alias: 't',
          choices: ['diskless'] as const,
          default: 'diskless' as const,
          describe: 'What becomes of it',
        })
        .option('profile', {
          alias: 'p',
          type: 'string',
          requiresArg: true,
          describe: "The profile of the image <os>-<arch>-statelite-<profile>; the node's",
        })
        .option('osimage', {
          alias: 'o',
          type: 'string',
          requiresArg: true,
          describe: 'An osimage that there is, whose next generation it becomes',
        })
        .option('interface', {
          alias: 'i',
          type: 'string',
          requiresArg: true,
          describe: 'The NIC that nodes boot with',
        })
        .option('netdrivers', {
          alias: 'n',
          type: 'string',
          requiresArg: true,
          describe: 'Further kernel modules for the initramfs, e.g. mlx5_core,bnxt_en',
        })
        .option('verbose', {
          alias: 'V',
          type: 'boolean',
          default: false,
          describe: 'Tell what is left out of the image, and what is in the initramfs',
        })
        .conflicts('osimage', 'profile'),
    run: async ({ node, profile, osimage, netdrivers, verbose, ...given }) => {
      const { settings, log, print, progress } = context;
      const store = context.store();
      const cluster = await readCluster(store, settings);
      const which = imageFor(node, cluster, { profile, osimage });
      process.umask(0o022); // an administrator's stricter one must not get into the image
      const columns = { netdrivers, nodebootif: given.interface };
      const spec = await chooseImage(which, columns, { store, settings, log, write: true });
      const { patterns, list } = await captureExclusions(spec, cluster.site.installdir);
      await interruptible(`imgcapture ${node}`, async (signal) => {
        const captured = await captureImage(node, spec, patterns, {
          signal,
          progress,
          buildInitramfs: (job) => initramfsFor(job, context, { compression: 'zstd' }),
        });
        await publishPayload(spec, cluster.site.tftpdir);
        progress.done(`${spec.name}: ${spec.rootimgdir}, kernel ${captured.kernel}`);
        for (const warning of captured.warnings) log.warn(warning);
        if (verbose) {
          print(
            `left out: ${[...patterns, ...captured.mounts].join(' ')}${list === undefined ? '' : ` (${list})`}`,
          );
          captured.contents.forEach(print);
        }
        print(`next: liteimg ${spec.name}`);
      });
    },
  });

/** Throws ERR_STATELITE_NOT_FOUND for an unknown node or image, ERR_STATELITE_IMAGE for one of another system. */
function imageFor(
  node: string,
  cluster: Cluster,
  { profile, osimage }: { profile: string | undefined; osimage: string | undefined },
): string | Profile {
  if (!cluster.nodes.has(node)) {
    throw new StateliteError('ERR_STATELITE_NOT_FOUND', `there is no node ${node}`, {
      hint: 'nodels lists them',
    });
  }
  const of = (column: string) => attributeOf(cluster, node, 'nodetype', column) ?? '';
  const system: Profile = {
    osvers: of('os'),
    osarch: of('arch'),
    profile: profile ?? of('profile'),
  };
  if (osimage === undefined) {
    const blank = Object.entries({
      os: system.osvers,
      arch: system.osarch,
      profile: system.profile,
    });
    const missing = blank
      .filter(([, value]) => value === '')
      .map(([column]) => `nodetype.${column}`);
    if (missing.length === 0) return system;
    throw new StateliteError('ERR_STATELITE_IMAGE', `${missing.join(', ')} of ${node} is blank`, {
      hint: `nodech ${node} ${missing[0]}=..., or name an image with -o`,
    });
  }
  const { osvers, osarch } = imageRowOf(osimage, cluster.rows);
  const differs = [
    [system.osvers, osvers],
    [system.osarch, osarch],
  ].find(([own, images]) => own !== '' && own !== images);
  if (differs === undefined) return osimage;
  throw new StateliteError(
    'ERR_STATELITE_IMAGE',
    `${node} is ${differs[0]}, and osimage ${osimage} is ${differs[1] ?? 'blank'}`,
    { hint: 'name an image of the same system and architecture' },
  );
}
