import { StateliteError } from '../../agent/errors.ts';
import { type BootImage, bootImage } from '../bootfiles/boot-image.ts';
import { loaderOf } from '../bootfiles/node-files.ts';
import type { Resolve } from '../bootfiles/node-values.ts';
import { packedRoot } from '../bootfiles/packed-root.ts';
import { partitions } from '../bootfiles/partition.ts';
import { claimAddresses, planImageBoot } from '../bootfiles/plan.ts';
import { createResolve } from '../bootfiles/resolve.ts';
import { sourcedAttribute } from '../core/attributes.ts';
import type { Cluster } from '../core/cluster.ts';
import { type Finding, findingOf } from './finding.ts';

/**
 * What nodeset would refuse of the nodes of each image: their boot files are composed as it does,
 * and not written. What `said` has already is left out; of nodes that differ in their names alone,
 * the first is quoted.
 */
export async function checkBoots(
  nodesOf: ReadonlyMap<string, readonly string[]>,
  cluster: Cluster,
  said: readonly Finding[],
): Promise<Finding[]> {
  const known = new Set(said.map((one) => kindOf(one, one.nodes?.[0] ?? '')));
  const findings: Finding[] = [];
  const claim = claimAddresses();
  const resolve = serverResolve();
  for (const [name, nodes] of nodesOf) {
    const image = nodes.length === 0 ? undefined : imageNamed(name, cluster);
    if (image === undefined) continue;
    const own = await refusal(async () => lookAtFiles(image, cluster));
    if (own !== undefined) findings.push(findingOf(own, { image: name, nodes }));
    const shared = withoutFiles(image);
    const found = new Map<string, { readonly first: Finding; readonly nodes: string[] }>();
    for (const node of nodes) {
      const error = await refusal(async () => {
        refuseLoader(node, cluster);
        claim(await planImageBoot(node, shared, cluster, resolve));
      });
      if (error === undefined) continue;
      const first = findingOf(error, { image: name });
      const kind = kindOf(first, node);
      if (known.has(kind) || known.has(kindOf(first, ''))) continue;
      const alike = found.get(kind);
      if (alike === undefined) found.set(kind, { first, nodes: [node] });
      else alike.nodes.push(node);
    }
    for (const { first, nodes: alike } of found.values()) findings.push({ ...first, nodes: alike });
  }
  return findings;
}

/** Nodes' own addresses are not asked for: their loaders find them by MAC too. */
function serverResolve(): Resolve {
  const resolve = createResolve(() => {});
  return async (host, of) => (of === 'node' ? host : resolve(host));
}

/** Undefined for one that cannot be booted at all: `checkImage` says why. */
function imageNamed(name: string, cluster: Cluster): BootImage | undefined {
  try {
    return bootImage(name, cluster);
  } catch (error) {
    if (error instanceof StateliteError) return undefined;
    throw error;
  }
}

async function refusal(work: () => Promise<void>): Promise<StateliteError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof StateliteError) return error;
    throw error;
  }
}

/** What each of an image's nodes would be refused for; looked at once, there may be thousands. */
async function lookAtFiles(image: BootImage, { site }: Cluster): Promise<void> {
  await partitions(image.partitionfile);
  if (image.rootfstype === 'ramdisk') await packedRoot(image, site.installdir);
}

/** The image as its nodes are planned when its files are known to be good. */
function withoutFiles(image: BootImage): BootImage {
  const none = { text: '', from: '' };
  return {
    ...image,
    partitionfile: none,
    // Rows without a store are told of the boot as it is foreseen.
    demands: { persistent: undefined, localdisk: undefined },
    ...(image.rootfstype === 'ramdisk' && { rootfstype: 'nfs', nfsrootopts: none }),
  };
}

/** Names the row, which may be that of a group. */
function refuseLoader(node: string, cluster: Cluster): void {
  const netboot = sourcedAttribute(cluster, node, 'noderes', 'netboot');
  if (netboot === undefined) return;
  const { value, from } = netboot;
  try {
    loaderOf(value, node);
  } catch (error) {
    if (!(error instanceof StateliteError)) throw error;
    const { code, hint = '' } = error;
    const where = `noderes row node=${from}, column netboot`;
    throw new StateliteError(code, `${where}: ${JSON.stringify(value)} is no boot loader`, {
      hint,
    });
  }
}

/** The same for nodes of which the same is said. */
function kindOf({ message, hint = '' }: Finding, node: string): string {
  const text = `${message}\n${hint}`;
  return node === '' ? text : text.replaceAll(node, '\0');
}
