import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installedKernel } from './boot-file.ts';
import { formatRows } from './csv.ts';
import { builtStatelite, startManagement, type Management } from './management.ts';
import type { Node } from './node.ts';
import type { DirectKernel } from './qemu.ts';
import { openRack, type NetworkBoot, type Rack } from './rack.ts';
import type { LabSettings } from './settings.ts';

export interface NewNode {
  readonly mac: string;
  readonly ip: string;
  /** More columns for nodeadd, e.g. `{ 'noderes.netboot': 'pxe' }`. */
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface Boot extends Omit<NetworkBoot, 'mac'> {
  /** Makes the boot files for this image first (nodeset); without it they stay as they are. */
  readonly osimage?: string;
  /** Words for the end of the kernel command line. */
  readonly append?: string;
}

/** The vocabulary of the stories: one management node, the nodes it serves, the network between. */
export interface Cluster extends AsyncDisposable {
  readonly management: Management;
  readonly rack: Rack;
  /** The table has these rows and no others. Column names are xCAT's. */
  setTable(name: string, rows: readonly Readonly<Record<string, string>>[]): Promise<void>;
  /** Defines a node; it is a member of the group `all`. */
  addNode(name: string, node: NewNode): Promise<void>;
  /** A directory of the management node for a litetree or statemnt column: `server:/directory`. */
  share(name: string): Promise<{ path: string; location: string }>;
  /** Power on: firmware, DHCP, boot files, as on a real machine. */
  boot(name: string, options?: Boot): Promise<Node>;
  /** Power on with a kernel handed over; the node is the one defined, its boot files are not used. */
  bootDirect(
    name: string,
    options: DirectKernel & { memory?: number; disk?: string },
  ): Promise<Node>;
  /** Power on with what nodeset wrote for the node, past firmware and loader: some 10 s sooner. */
  bootInstalled(name: string, options?: Omit<Boot, 'firmware'>): Promise<Node>;
  /** Packets to and from `address` (its TCP `port`) vanish. */
  drop(address: string, port?: number): Promise<void>;
  undrop(address: string, port?: number): Promise<void>;
  /** The tails of all logs and consoles; also after the cluster is gone. */
  report(): Promise<string>;
}

export interface ClusterOptions {
  /** The cluster stays when this process ends. */
  readonly outlives?: boolean;
  /** The command to use instead of the built one. */
  readonly statelite?: string;
}

/** Starts a management node without nodes or images. */
export async function startCluster(
  settings: LabSettings,
  { statelite = builtStatelite, ...options }: ClusterOptions = {},
): Promise<Cluster> {
  const rack = await openRack(settings, options);
  try {
    const { lab, directory, logs } = rack;
    const management = await startManagement(lab, directory, logs, statelite);
    return clusterOn(rack, management);
  } catch (error) {
    await rack[Symbol.asyncDispose]();
    throw error;
  }
}

function clusterOn(rack: Rack, management: Management): Cluster {
  const macs = new Map<string, string>();
  const macOf = (name: string) => {
    const mac = macs.get(name);
    if (mac === undefined) throw new Error(`no node ${name}: the story has to add it first`);
    return mac;
  };
  const writeBootFiles = async (name: string, osimage?: string, append?: string) => {
    const added = `bootparams.addkcmdline=${append}`;
    if (append !== undefined) await management.run('chtab', `node=${name}`, added);
    if (osimage !== undefined) await management.run('nodeset', name, `osimage=${osimage}`);
    await management.configure();
  };
  return {
    management,
    rack,
    async setTable(name, rows) {
      const tables = join(rack.directory, 'tables');
      await mkdir(tables, { recursive: true });
      const file = join(tables, `${name}.csv`);
      await writeFile(file, formatRows(rows));
      await management.run('tabrestore', file);
    },
    async addNode(name, { mac, ip, attributes = {} }) {
      const columns = { 'mac.mac': mac, 'hosts.ip': ip, ...consoleColumns, ...attributes };
      const words = Object.entries(columns).map(([column, value]) => `${column}=${value}`);
      await management.run('nodeadd', name, 'groups=all', ...words);
      macs.set(name, mac);
    },
    async share(name) {
      const path = join(rack.directory, 'shares', name);
      await mkdir(path, { recursive: true });
      return { path, location: `${rack.lab.address}:${path}` };
    },
    async boot(name, { osimage, append, ...hardware } = {}) {
      await writeBootFiles(name, osimage, append);
      return rack.boot(name, { ...hardware, mac: macOf(name) });
    },
    async bootInstalled(name, { osimage, append, ...hardware } = {}) {
      await writeBootFiles(name, osimage, append);
      const mac = macOf(name);
      const kernel = await installedKernel(management, name, mac);
      return rack.bootDirect(name, { ...hardware, ...kernel, mac });
    },
    async bootDirect(name, options) {
      await management.configure();
      return rack.bootDirect(name, { ...options, mac: macOf(name) });
    },
    drop: (address, port) => rack.lab.drop(address, port),
    undrop: (address, port) => rack.lab.undrop(address, port),
    report: () => rack.report(),
    [Symbol.asyncDispose]: () => rack[Symbol.asyncDispose](),
  };
}

/** The serial line the lab reads. */
const consoleColumns = { 'nodehm.serialport': '0', 'nodehm.serialspeed': '115200' };
