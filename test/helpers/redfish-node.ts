import { onTestFinished } from 'vitest';
import { redfishControl } from '../../mgmt/power/redfish.ts';
import type { Control } from '../../mgmt/power/control.ts';
import type { Management } from './mgmt.ts';
import { redfishServer, type RedfishServer } from './redfish-server.ts';

/** A node whose controller is a Redfish service of this test. */
export async function redfishNode(mn: Management): Promise<RedfishServer> {
  const server = await redfishServer(mn.directory);
  onTestFinished(() => server[Symbol.asyncDispose]());
  await mn.run('nodeadd', 'n1', 'groups=all', 'mgt=redfish');
  await mn.run(
    'chtab',
    'node=n1',
    `ipmi.bmc=${server.address}`,
    'ipmi.username=admin',
    'ipmi.password=geheim',
  );
  await mn.run('chtab', 'node=n1', `hardware.cafile=${server.ca}`);
  return server;
}

/** Its control, which does not wait long between two looks. */
export function control({ address, ca }: RedfishServer, limit = 20_000): Control {
  const account = { username: 'admin', password: 'geheim' };
  const origin = `https://${address}`;
  const { signal } = new AbortController();
  const access = { kind: 'redfish', origin, system: undefined, cafile: ca, verify: true } as const;
  return redfishControl({ ...access, ...account }, { limit, signal }, { look: 1, off: 1 });
}

/** What it was asked for so far. */
export const resets = ({ asked }: RedfishServer) => asked.map(({ body }) => body);

/** The same in words. */
export const wishes = (...words: readonly string[]) => words.map((word) => ({ ResetType: word }));

/** From now on it lists these. */
export function knowing(server: RedfishServer, ...types: readonly unknown[]): void {
  const target = '/redfish/v1/Systems/437XR1138R2/Actions/ComputerSystem.Reset';
  const reset = { target, 'ResetType@Redfish.AllowableValues': types };
  server.system['Actions'] = { '#ComputerSystem.Reset': reset };
}
