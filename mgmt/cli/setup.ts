import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { publishLoaders } from '../bootfiles/loaders.ts';
import { readCluster } from '../db/read-cluster.ts';
import { ensureCertificates } from '../setup/certificates.ts';
import { planFiles } from '../setup/files.ts';
import { writeGenerated } from '../setup/generated.ts';
import { parseNetwork } from '../setup/network.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';

export const setup = (context: Context) =>
  command({
    command: 'setup',
    describe: 'Make certificates, and the configuration of DHCP, TFTP and NFS servers',
    options: (yargs) =>
      yargs
        .option('network', {
          type: 'string',
          demandOption: true,
          describe: 'The network that nodes boot from, e.g. 10.77.0.0/24',
        })
        .option('server', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'An address or name of this management node; one is in the network',
        })
        .option('interface', { type: 'string', describe: 'The NIC in that network' })
        .option('range', {
          type: 'string',
          describe: 'Addresses for unknown machines, FIRST-LAST; default none',
        })
        .option('domain', { type: 'string', describe: 'The DNS domain of the nodes' })
        .option('gateway', { type: 'string', describe: 'Their router; default none' })
        .option('nameserver', { type: 'string', array: true, describe: 'Their name servers' })
        .option('network6', {
          type: 'string',
          describe: 'An IPv6 network to announce there, e.g. fd77::/64; default none',
        })
        .option('output', {
          type: 'string',
          describe: 'Directory of the written files; default <etc>/generated',
        })
        .option('dry-run', {
          type: 'boolean',
          default: false,
          describe: 'Print the files, write nothing',
        }),
    run: async (args) => {
      const { settings, print } = context;
      const network = parseNetwork(args);
      const cluster = await readCluster(context.store(), settings);
      const output = resolve(context.cwd, args.output ?? join(settings.etc, 'generated'));
      const { files, directories, notes } = planFiles({
        network,
        cluster,
        output,
        state: settings.state,
      });
      if (args.dryRun) {
        for (const { path, text } of files) print(`==> ${path} <==\n${text}`);
      } else {
        await writeGenerated(files);
        for (const directory of directories) await mkdir(directory, { recursive: true });
        const made = await ensureCertificates(settings.etc, network.serverNames, new Date());
        for (const line of made) print(line);
        for (const { path, use } of files) print(`${path}: ${use}`);
        for (const note of await publishLoaders(['xnba', 'pxe'], cluster.site.tftpdir)) {
          context.log.warn(note);
        }
      }
      for (const note of notes) context.log.warn(note);
    },
  });
