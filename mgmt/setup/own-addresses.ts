import { networkInterfaces } from 'node:os';
import type { OwnAddress } from './networks.ts';
import { withoutLabel } from './nic.ts';

/** This machine's addresses but loopback's, with their interfaces, which Node calls by their labels. */
export function ownAddresses(): OwnAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter(({ internal }) => !internal)
      .map(({ address }) => ({ interface: withoutLabel(name), address })),
  );
}
