import type { KernelValues } from '../../../../mgmt/bootfiles/kernel-arguments.ts';
import type { Sourced } from '../../../../mgmt/bootfiles/sourced.ts';

/** A value as if it came from a row of the given column. */
export function value(text: string, column = 'x'): Sourced {
  return { text, from: `noderes row node=n1: ${column}` };
}

/** Node n1 of a Debian image, with nothing set that need not be. */
export const plain: KernelValues = {
  node: 'n1',
  os: 'debian12',
  arch: 'x86_64',
  imageServer: value('10.99.0.1'),
  imageDirectory: value('/install/netboot/debian12/x86_64/compute'),
  nfsrootopts: value(''),
  packed: undefined,
  statemnt: value(''),
  mntopts: value(''),
  master: value('10.99.0.1'),
  ports: { xcatd: 3001, xcati: 3002, http: 80 },
  nodestatus: '',
  debugmode: '',
  installnic: value(''),
  primarynic: value(''),
  nodebootif: value(''),
  bootif: undefined,
  serialport: value(''),
  serialspeed: value(''),
  serialflow: value(''),
  partitions: false,
  dump: value(''),
  crashkernelsize: value(''),
  added: [],
  loaderWords: [],
};
