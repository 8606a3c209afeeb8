import { bootFiles } from './boot-files.ts';
import { certificates } from './certificates.ts';
import type { Check } from './check.ts';
import { clock } from './clock.ts';
import { confinement } from './confinement.ts';
import { daemonProcess } from './daemon-process.ts';
import { database } from './database.ts';
import { dhcp } from './dhcp.ts';
import { diskSpace } from './disk.ts';
import { nfsExports } from './exports.ts';
import { httpServer, tftpServer } from './file-servers.ts';
import { firewall } from './firewall.ts';
import { generatedFiles } from './generated-files.ts';
import { images } from './images.ts';
import type { Machine } from './machine.ts';
import { master } from './master.ts';
import { nodeNames } from './names.ts';
import { nfsServers } from './nfs-servers.ts';
import { statusPort, tlsPort } from './ports.ts';
import type { Site } from './site.ts';

/** What follows from the tables, in the order of the report. */
export const siteChecks: readonly Check<Site>[] = [
  master,
  nodeNames,
  tlsPort,
  statusPort,
  httpServer,
  tftpServer,
  certificates,
  nfsServers,
  nfsExports,
  dhcp,
  generatedFiles,
  bootFiles,
  images,
  firewall,
  daemonProcess,
];

/** What can be looked at without the tables. */
export function machineChecks(
  directories: Readonly<Record<'installdir' | 'tftpdir', string>>,
): readonly Check<Machine>[] {
  const { installdir, tftpdir } = directories;
  return [clock, confinement, diskSpace(installdir, tftpdir), database];
}
