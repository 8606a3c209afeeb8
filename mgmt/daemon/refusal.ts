import type { DaemonDeps } from './deps.ts';
import { HttpError } from './http-error.ts';

type Counting = Pick<DaemonDeps, 'metrics'>;

/** For an address that no node has. Counts it. */
export function refuseStranger({ metrics }: Counting, address: string): never {
  metrics.count('statelite_unknown_peers_total', { protocol: 'api' });
  throw denied(
    `no node has the address ${address}`,
    'set hosts.ip, or hosts.otherinterfaces for a further NIC, of the node',
  );
}

/** For what no policy row allows. Counts it. */
export function refuseDenied({ metrics }: Counting, command: string, who: string): never {
  metrics.count('statelite_denied_requests_total', { protocol: 'api', command });
  throw denied(
    `no policy row allows ${command} for ${who}`,
    `a policy row with commands=${command} and rule=allow allows it`,
  );
}

/** For who shows no client certificate where one is needed. Counts it. */
export function refuseUncertified({ metrics }: Counting, command: string, address: string): never {
  metrics.count('statelite_denied_requests_total', { protocol: 'api', command });
  throw denied(
    `${command} is for administrators, and ${address} shows no certificate of ours`,
    'use a client certificate that statelite setup made, e.g. curl --cert --key',
  );
}

function denied(message: string, hint: string): HttpError {
  return new HttpError(403, { code: 'ERR_STATELITE_DENIED', message, hint });
}
