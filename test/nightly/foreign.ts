import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test as base } from 'vitest';
import { startCluster, type Cluster } from '../../vm/cluster.ts';
import { foreignPackages } from '../../vm/foreign-packages.ts';
import type { Management } from '../../vm/management.ts';
import { builtHere, refuseMissing, settings } from '../vm/fixtures.ts';

/** Firmware, loader and kernel of another processor, each of them emulated. */
export const slow = { timeout: 1_800_000 };

/** A cluster for machines of an architecture; what is missing for them is a failure. */
export function foreignStory(arch: 'aarch64' | 'ppc64le', built: Readonly<Record<string, string>>) {
  return base.extend('cluster', async ({ onTestFailed }, { onCleanup }) => {
    await refuseMissing([arch], { ...builtHere, ...built });
    const cluster = await startCluster(settings);
    onCleanup(() => cluster[Symbol.asyncDispose]());
    onTestFailed(async () => {
      process.stderr.write(await cluster.report());
    });
    return cluster;
  });
}

/** Gives GRUB's modules to the management node, as an operator does who cannot install them. */
export async function bringGrub(
  { tftpdir }: Management,
  arch: 'aarch64' | 'ppc64le',
): Promise<void> {
  const { name, platform } = grubPackages[arch];
  const unpacked = await foreignPackages(settings.cache, arch, [name]);
  const directory = join(tftpdir, 'boot/grub2');
  await mkdir(directory, { recursive: true });
  await cp(join(unpacked, 'usr/lib/grub', platform), join(directory, platform), {
    recursive: true,
  });
}

const grubPackages = {
  aarch64: { name: 'grub-efi-arm64-bin', platform: 'arm64-efi' },
  ppc64le: { name: 'grub-ieee1275-bin', platform: 'powerpc-ieee1275' },
} as const;

/** Seconds since now, in words, one number at each call. */
export function stopwatch(): () => string {
  const start = performance.now();
  return () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

/** The only node of a story, as the tables know it. */
export async function addNode(
  cluster: Cluster,
  attributes: Readonly<Record<string, string>>,
): Promise<{ name: string; mac: string }> {
  const [name, mac] = ['cn01', '52:54:00:77:00:01'];
  await cluster.addNode(name, { mac, ip: '10.77.0.11', attributes });
  return { name, mac };
}
