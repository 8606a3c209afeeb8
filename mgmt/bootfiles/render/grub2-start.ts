import { tftpPrefix } from './entry.ts';

/** How GRUB reaches the network on a kind of firmware. */
export type GrubNic = 'efinet' | 'ofnet';

/**
 * What a GRUB of ours does first, for all nodes: it looks for the configuration of its MAC address,
 * by TFTP, then by HTTP. GRUB's own search would depend on how it was loaded.
 */
export function renderGrub2Start(nic: GrubNic): string {
  const pairs = [1, 2, 3, 4, 5, 6];
  const sets = pairs.map((pair) => `--set ${pair}:m${pair}`).join(' ');
  const mac = pairs.map((pair) => `$m${pair}`).join('-');
  const file = `boot/grub2/grub.cfg-01-${mac}`;
  return `# Written by statelite nodeset.
insmod net
insmod ${nic}
insmod tftp
insmod http
insmod gzio
if [ -z "$net_default_server" ]; then
    net_bootp
fi
regexp ${sets} '${pairs.map(() => '(..)').join(':')}' "$net_default_mac"
for place in "(tftp,$net_default_server)" "(http,$net_default_server)${tftpPrefix}"; do
    if [ -s "$place/${file}" ]; then
        configfile "$place/${file}"
    fi
done
echo "statelite: $net_default_server has no configuration for this machine:"
echo "statelite: ${file}"
echo "statelite: set mac.mac of a node, then run nodeset NODE osimage=IMAGE"
sleep 30
exit
`;
}
