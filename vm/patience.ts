import { StateliteError } from '../agent/errors.ts';
import type { Accel } from './accel.ts';

/** As a story writes it: `{ within: '30s' }`, meant for a machine with KVM. */
export type Duration = `${number}ms` | `${number}s` | `${number}min`;

/** A duration as milliseconds on this machine. */
export type Patience = (duration: Duration) => number;

/** Measured: a boot takes five to six times longer without KVM. */
const slowness: Record<Accel, number> = { kvm: 1, tcg: 6 };

/** Limits are multiplied for an emulated guest, never raised by hand in a story. */
export function patienceFor(accel: Accel): Patience {
  return (duration) => milliseconds(duration) * slowness[accel];
}

/** What `promise` becomes, or a failure that says `what` took longer than `limit` milliseconds. */
export async function inTime<T>(promise: Promise<T>, limit: number, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const message = `${what} took longer than ${limit / 1000} s`;
  const timer = setTimeout(() => reject(new StateliteError('ERR_STATELITE_VM', message)), limit);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** `'1.5s'` → 1500. */
export function milliseconds(duration: Duration): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|min)$/.exec(duration) ?? [];
  if (amount === undefined) throw new Error(`"${duration}" is not a duration like 90s`);
  return Number(amount) * (unit === 'min' ? 60_000 : unit === 's' ? 1000 : 1);
}
