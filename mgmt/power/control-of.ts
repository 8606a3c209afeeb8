import type { Access } from './access.ts';
import type { Control, Patience } from './control.ts';
import { ipmiControl } from './ipmi.ts';
import { libvirtControl } from './libvirt.ts';
import { qmpControl } from './qmp.ts';
import { redfishControl } from './redfish.ts';

/** The control for a node's access; nothing is connected before it is used. */
export function controlOf(access: Access, patience: Patience): Control {
  switch (access.kind) {
    case 'ipmi':
      return ipmiControl(access, patience);
    case 'redfish':
      return redfishControl(access, patience);
    case 'libvirt':
      return libvirtControl(access, patience);
    case 'qmp':
      return qmpControl(access, patience);
  }
}
