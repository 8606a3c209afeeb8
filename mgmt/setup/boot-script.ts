import { marker } from './seal.ts';

/** The first script of every iPXE, below tftpdir. */
export const bootScriptName = 'boot.ipxe';

/** URL of tftpdir on the management node, without a slash at its end. */
export function bootUrl(server: string, httpPort: number): string {
  return `http://${server}${httpPort === 80 ? '' : `:${httpPort}`}/tftpboot`;
}

/**
 * One script for all nodes, so that DHCP needs no line per node for it: DHCP has given the node
 * its name, and nodeset writes `xcat/xnba/nodes/<node>`. The MAC address would not do: stock's
 * files, which sites bring along, have the node's name. Its URL is relative to the script's own:
 * nodes of another network reach this machine by another address.
 */
export function renderBootScript(): string {
  return `#!ipxe
# ${marker}
# DHCP names the node (dhcp-host), and nodeset writes a script of that name.
isset \${hostname} || goto stranger
:again
chain xcat/xnba/nodes/\${hostname} || goto failed
# The script was left with "exit": go on to the next boot device.
exit

:failed
echo statelite: the boot script of \${hostname} is missing or failed
echo statelite: nodeset \${hostname} osimage=IMAGE writes it
echo statelite: next try in 30 s
sleep 30
goto again

:stranger
echo statelite: no table knows this machine, MAC \${netX/mac}, address \${netX/ip}
echo statelite: set mac.mac and hosts.ip of a node, then run statelite setup
sleep 30
exit 1
`;
}
