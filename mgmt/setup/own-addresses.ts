import { networkInterfaces } from 'node:os';
import type { OwnAddress } from './networks.ts';

/** This machine's addresses but loopback's, with their interfaces. */
export function ownAddresses(): OwnAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter(({ internal }) => !internal)
      .map(({ address }) => ({ interface: name, address })),
  );
}
