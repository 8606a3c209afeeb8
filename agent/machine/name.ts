import { StateliteError } from '../errors.ts';
import type { Lease } from './lease.ts';

/** Names that every node without a name has. */
const nobody = new Set(['', 'localhost', '(none)']);

/** NODE=, else the DHCP host name without its domain; undefined if there is none (semantics 5.2). */
export function nodeName(fromCmdline: string | undefined, lease: Lease): string | undefined {
  const name = (fromCmdline ?? lease.hostname).split('.')[0] ?? '';
  if (nobody.has(name)) return undefined;
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/u.test(name)) return name;
  throw new StateliteError('ERR_STATELITE_NODE_NAME', `${JSON.stringify(name)} is no host name`, {
    hint: 'NODE= and the DHCP host name are up to 63 letters, digits, - and _',
  });
}

/** Nodes without a name would share one persistent directory (QUIRK-02). */
export function refuseNameless(): never {
  throw new StateliteError(
    'ERR_STATELITE_NODE_NAME',
    'the node has no name, and persistent paths are kept by name',
    { hint: 'run nodeset (it writes NODE=), or let the DHCP server send a host name' },
  );
}
