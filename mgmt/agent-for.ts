import { architectures } from '../initramfs/architectures.ts';
import type { Settings } from './config.ts';

/** This machine's architecture in xCAT's words; undefined for one that xCAT has none for. */
export function machineArch(): string | undefined {
  return architectures.find(({ node }) => node === process.arch)?.name;
}

/** The agent for nodes of an architecture: the setting's, or the one beside it that was built for them. */
export function agentFor(osarch: string | undefined, { agent }: Pick<Settings, 'agent'>): string {
  return osarch === undefined || osarch === machineArch() ? agent : `${agent}-${osarch}`;
}
