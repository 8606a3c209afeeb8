import type { StateliteError } from '../../agent/errors.ts';
import { publishPayload } from '../bootfiles/payload.ts';
import { readCluster } from '../db/read-cluster.ts';
import {
  type BuildOptions,
  buildCommands,
  buildImage,
  type BuildTools,
  rebuildInitramfs,
} from '../image/genimage/build.ts';
import { readHostOptions, readHostSources } from '../image/genimage/host-apt.ts';
import { chooseImage } from '../image/genimage/choose-image.ts';
import type { ColumnOptions } from '../image/genimage/image-row.ts';
import { interruptible } from '../image/genimage/interruptible.ts';
import { rootPasswordIn } from '../image/genimage/root-password.ts';
import { measure, renderOutcome } from '../image/genimage/report.ts';
import type { ImageSpec } from '../image/genimage/spec.ts';
import { readKeys } from './add-ssh.ts';
import { archHere } from './arch-here.ts';
import { readAuthority } from './authority.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { pathGiven } from './given-path.ts';
import { initramfsFor, missingAgent, missingPrograms } from './initramfs-for.ts';
import { needsRoot } from './needs-root.ts';

export const genimage = (context: Context) =>
  command({
    command: 'genimage [image]',
    describe: 'Build the root, the kernel and the initramfs of an osimage',
    options: (yargs) =>
      yargs
        .positional('image', {
          type: 'string',
          describe: 'An osimage; without one, name -o and -p',
        })
        .option('osver', {
          alias: 'o',
          type: 'string',
          describe: 'The system, e.g. rocky9.4, leap15.6, debian12 or ubuntu24.04',
        })
        .option('arch', {
          alias: 'a',
          type: 'string',
          describe: "The architecture; this machine's",
        })
        .option('profile', { alias: 'p', type: 'string', describe: 'The profile, e.g. compute' })
        .option('netdrivers', {
          alias: 'n',
          type: 'string',
          describe: 'Further kernel modules for the initramfs, e.g. mlx5_core,bnxt_en',
        })
        .option('kernelver', {
          alias: 'k',
          type: 'string',
          describe:
            'The kernel to use, if the image has several; one that was copied into /boot and /lib/modules of the image, or is in kerneldir, is taken from there',
        })
        .option('krpmver', {
          alias: 'g',
          type: 'string',
          describe: 'The version of the kernel packages to install, of RPM images',
        })
        .option('kerneldir', {
          type: 'string',
          describe:
            'Where further kernels are: a package repository, or boot/ and lib/modules/ [<installdir>/kernels]',
        })
        .option('interface', {
          alias: 'i',
          type: 'string',
          describe: 'The NIC that nodes boot with',
        })
        .option('otherinterface', {
          alias: 'r',
          type: 'string',
          describe: 'Further NICs; kept in linuximage.otherifce for xCAT, no effect here',
        })
        .option('permission', {
          type: 'string',
          describe: 'Mode of /.statelite on the nodes, in octal [755]',
        })
        .option('onlyinitrd', {
          type: 'boolean',
          default: false,
          describe: 'Only kernel and initramfs, from the root as it is',
        })
        .option('dryrun', { type: 'boolean', default: false, describe: 'Only print the commands' })
        .option('mirror', {
          type: 'string',
          array: true,
          nargs: 1,
          default: [],
          describe:
            "Where packages come from, instead of pkgdir or this machine's apt sources; repeatable",
        })
        .option('noupdate', {
          type: 'boolean',
          default: false,
          describe: 'Packages of the distribution stay as they are if otherpkgdir has newer ones',
        })
        .option('nogpgcheck', {
          type: 'boolean',
          default: false,
          describe:
            'Believe RPM packages from URLs without a signature; by default they must be signed by a key (RPM-GPG-KEY-*) in pkgdir or otherpkgdir',
        })
        .option('authorized-keys', {
          type: 'string',
          describe: 'A file of public keys that may log in as root on nodes with the image',
        })
        .option('compression', {
          choices: ['zstd', 'gzip', 'none'] as const,
          default: 'zstd' as const,
          describe: 'Of the initramfs',
        })
        .option('level', {
          type: 'number',
          describe:
            'Of the compression; a low one is quick and gives a larger file [zstd 19, gzip 9]',
        })
        // Accepted from old scripts: there is one kind of image, and the kernel is the image's own.
        .option('mode', { alias: 'm', type: 'string', hidden: true })
        .option('ignorekernelchk', { type: 'boolean', hidden: true })
        .option('rootlimit', { alias: 'l', type: 'string', hidden: true })
        .option('tmplimit', { alias: 't', type: 'string', hidden: true })
        .check(({ image, osver, arch, profile, level = 1 }) => {
          if (!(level >= 1 && level <= 22)) throw new Error('--level is a number from 1 to 22');
          const parts = [osver, arch, profile].some((part) => part !== undefined);
          if (image !== undefined && parts)
            throw new Error('-o, -a and -p cannot go with an image');
          if (image === undefined && (osver === undefined || profile === undefined)) {
            throw new Error('name an osimage, or -o and -p');
          }
          return true;
        }),
    run: async (args) => {
      if (!args.dryrun) needsRoot('genimage', 'it makes file systems and runs programs in them');
      const columns: ColumnOptions = {
        netdrivers: args.netdrivers,
        kernelver: args.kernelver,
        krpmver: args.krpmver,
        kerneldir:
          args.kerneldir === undefined
            ? undefined
            : pathGiven(context, '--kerneldir', args.kerneldir),
        permission: args.permission,
        nodebootif: args.interface,
        otherifce: args.otherinterface,
      };
      process.umask(0o022); // an administrator's stricter one must not get into the image
      const { log, settings } = context;
      const store = context.store();
      const { osver: osvers = '', profile = '', arch: osarch = archHere() } = args;
      const which = args.image ?? { osvers, osarch, profile };
      const spec = await chooseImage(which, columns, { store, settings, log, write: !args.dryrun });
      const missing = await missingAgent(spec.osarch, settings);
      if (missing !== undefined && args.onlyinitrd) throw missing;
      const warnOf = ({ message, hint }: StateliteError) =>
        log.warn(
          [
            `${spec.name} gets no initramfs: ${message}`,
            ...(hint === undefined ? [] : [hint]),
          ].join('; '),
        );
      if (missing !== undefined) warnOf(missing);
      const options = await buildOptions(context, args, spec);
      if (args.dryrun) {
        for (const line of await buildCommands(spec, options)) context.print(line);
        return;
      }
      await interruptible(`genimage ${spec.name}`, async (signal) => {
        const tools: BuildTools = {
          progress: context.progress,
          signal,
          buildInitramfs: async (job) => {
            const lacking = missing ?? (await missingPrograms(job, settings));
            if (lacking === undefined) return initramfsFor(job, context, args);
            if (args.onlyinitrd) throw lacking;
            if (missing === undefined) warnOf(lacking);
            return undefined;
          },
        };
        const built = args.onlyinitrd
          ? await rebuildInitramfs(spec, tools)
          : await buildImage(spec, options, tools);
        const { site } = await readCluster(store, settings);
        const bytes = await measure(built.staging);
        if (bytes.initramfs !== undefined) await publishPayload(spec, site.tftpdir);
        const outcome = { ...built, ...spec, bytes };
        for (const line of renderOutcome(outcome)) context.print(line);
      });
    },
  });

interface PackageArguments {
  readonly mirror: readonly string[];
  readonly noupdate: boolean;
  readonly nogpgcheck: boolean;
  readonly authorizedKeys?: string | undefined;
}

async function buildOptions(
  { store, settings, cwd }: Context,
  { mirror, noupdate, nogpgcheck, authorizedKeys }: PackageArguments,
  { distribution }: ImageSpec,
): Promise<BuildOptions> {
  const { rows, site } = await readCluster(store(), settings);
  return {
    mirrors: mirror,
    noupdate,
    nogpgcheck,
    installdir: site.installdir,
    rootPassword: rootPasswordIn(rows),
    authorizedKeys:
      authorizedKeys === undefined
        ? undefined
        : await readKeys(pathGiven({ cwd }, '--authorized-keys', authorizedKeys)),
    ca: await readAuthority({ settings }),
    ...(distribution.installer === 'apt'
      ? { hostSources: await readHostSources('/etc/apt'), aptOptions: await readHostOptions() }
      : { hostSources: [], aptOptions: [] }),
  };
}
