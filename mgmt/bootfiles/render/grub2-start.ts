import { tftpPrefix } from './entry.ts';

/** How GRUB reaches the network on a kind of firmware. */
export type GrubNic = 'efinet' | 'ofnet';

/** What GRUB calls the cards of a firmware: with Open Firmware by the aliases of its device tree. */
const cards: Readonly<Record<GrubNic, readonly string[]>> = {
  efinet: ['efinet0', 'efinet1', 'efinet2', 'efinet3'],
  ofnet: 'net network ethernet enet net0 net1 net2 net3'.split(' ').map((name) => `ofnet_${name}`),
};

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
insmod tftp
insmod http
insmod gzio
insmod ${nic}
if [ -z "$net_default_server" ]; then
${bootp(nic)}
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

/**
 * GRUB asks for an address itself. What it learns is in variables named after the card; those without
 * a card's name, which boot files use, it sets only for what the firmware has asked for.
 */
function bootp(nic: GrubNic): string {
  return `    if net_bootp; then
        set asked=yes
    else
        # ofnet now and then overlooks a card when it is loaded (GRUB 2.06).
        rmmod ${nic}
        insmod ${nic}
        net_bootp
    fi
    for card in ${cards[nic].join(' ')}; do
        eval "set server=\\$net_\${card}_dhcp_next_server"
        if [ -n "$server" ]; then
            set net_default_interface=\${card}_dhcp
            set net_default_server=$server
        fi
    done
    export net_default_interface`;
}
