import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { hasCode } from '../../agent/errors.ts';
import type { Resolve } from './node-values.ts';

/**
 * Host names to addresses by the resolver of this machine, each asked for once. One that nobody
 * knows stays as it is, as in stock xCAT; of a server that is told to `warn`.
 */
export function createResolve(warn: (message: string) => void): Resolve {
  const known = new Map<string, Promise<string | undefined>>();
  const warned = new Set<string>();
  return async (host, of = 'server') => {
    if (host === '' || isIP(host) !== 0) return host;
    const asking = known.get(host) ?? ask(host);
    known.set(host, asking);
    const address = await asking;
    if (address === undefined && of === 'server' && !warned.has(host)) {
      warned.add(host);
      warn(`${host} has no address here: nodes must resolve it themselves`);
    }
    return address ?? host;
  };
}

async function ask(host: string): Promise<string | undefined> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    if (hasCode(error, 'ENOTFOUND', 'EAI_AGAIN')) return undefined;
    throw error;
  }
}
