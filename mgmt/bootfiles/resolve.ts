import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { hasCode } from '../../agent/errors.ts';
import type { Resolve } from './node-values.ts';

/**
 * Host names to addresses by the resolver of this machine, each asked for once. One that nobody
 * knows stays as it is, as in stock xCAT, and is told to `warn`.
 */
export function createResolve(warn: (message: string) => void): Resolve {
  const known = new Map<string, Promise<string>>();
  return async (host) => {
    if (host === '' || isIP(host) !== 0) return host;
    const found = known.get(host) ?? ask(host, warn);
    known.set(host, found);
    return found;
  };
}

async function ask(host: string, warn: (message: string) => void): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    if (!hasCode(error, 'ENOTFOUND', 'EAI_AGAIN')) throw error;
    warn(`${host} has no address here: nodes must resolve it themselves`);
    return host;
  }
}
