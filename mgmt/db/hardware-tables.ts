import { comments, disable, nodeKey } from './common-columns.ts';
import type { Table } from './table.ts';

export const ipmi = {
  name: 'ipmi',
  doc: 'The controllers (BMCs) of nodes that are managed by IPMI or Redfish.',
  key: ['node'],
  columns: {
    node: nodeKey,
    bmc: {
      doc: 'The name or address of the controller, also host:port; for Redfish https://host:port too.',
    },
    bmcport: { doc: 'Not used.' },
    taggedvlan: { doc: 'Not used.' },
    bmcid: { doc: 'Not used.' },
    username: { doc: 'The account there; default that of the passwd row ipmi.' },
    password: { doc: 'Its password; default that of the passwd row ipmi.' },
    comments,
    disable,
  },
} as const satisfies Table;

export const hardware = {
  name: 'hardware',
  doc: "What rpower, rsetboot and rcons need to know besides xCAT's tables, which have no place for it.",
  own: true,
  key: ['node'],
  columns: {
    node: nodeKey,
    qmp: { doc: 'QEMU: the socket of its monitor that speaks QMP.' },
    serial: { doc: 'QEMU: the socket of its serial port.' },
    libvirt: { doc: 'The libvirt that has the node, a URI; default qemu:///system.' },
    domain: { doc: 'Its name there; default the name of the node.' },
    system: {
      doc: 'Redfish: which ComputerSystem of the controller, by its Id; default the only one.',
    },
    cafile: { doc: "Redfish: a file with the CA certificate of the controller's certificate." },
    verify: {
      doc: 'Redfish: "0" or "no" takes any certificate, so that anybody may be the controller.',
    },
    comments,
    disable,
  },
} as const satisfies Table;
