import type { Cluster } from '../core/cluster.ts';
import type { BootDevice } from '../power/control.ts';
import type { NodeFailure } from '../power/many.ts';
import { operate } from '../power/operate.ts';
import { statusRecorder } from '../power/record-status.ts';
import type { Context } from './context.ts';
import { onHardware } from './hardware-nodes.ts';

/** Sets what nodes boot from next and boots each, at once; prints what rpower boot would. */
export async function bootFrom(
  context: Context,
  nodes: readonly string[],
  {
    cluster,
    device,
    uefi,
    timeout,
  }: { cluster: Cluster; device: BootDevice; uefi: boolean; timeout: number },
): Promise<readonly NodeFailure[]> {
  const record = statusRecorder(cluster, context.store());
  return onHardware(context, { cluster, nodes, timeout }, async (control, node) => {
    await control.setBoot({ device, uefi, persistent: false });
    const said = await operate(control, 'boot');
    await record(node, 'boot', said);
    return said;
  });
}
