import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BootAnswer } from '../../agent/protocol/answer.ts';
import type { BootReport } from '../../agent/protocol/report.ts';
import { ensureCertificates } from '../../mgmt/setup/certificates.ts';
import { type Given, plantCase } from './boots.ts';
import { type Ran, runAs } from './sandbox.ts';
import { snapshot, type Tree } from './snapshot.ts';
import { plantBusyboxRoot } from './switch-root.ts';

/** A node to boot, whole: see boot-runner.ts. */
export interface BootCase {
  /** What NFS exports: root, trees/<name>, persistent; the daemon's configuration is in etc. */
  readonly exports: string;
  /** Where the initramfs is; empty. */
  readonly initramfs: string;
  /** Words of the kernel command line besides those for the servers. */
  readonly words: string;
  /** What the daemon answers, one after the other; the last one for good. */
  readonly answers: readonly Pick<BootAnswer, 'litefile' | 'litetree'>[];
  /** The file that the root is packed in, for a boot from memory: netboot/img/<packed> of exports. */
  readonly packed?: string | undefined;
}

export interface Booted extends Ran {
  /** Those that the daemon got, in order. */
  readonly reports: readonly BootReport[];
  /** The persistent store after the boot. */
  readonly persistent: Tree;
}

/** The image and the exports of `given`, with an init of these lines; litetree rows name `/trees/<name>`. */
export async function bootWhole(
  given: Given & { readonly init: readonly string[] },
  what: Pick<BootCase, 'answers' | 'packed'> & { readonly words?: string },
  change: (exports: string) => void = () => {},
): Promise<Booted> {
  const at = await mkdtemp(join(tmpdir(), 'statelite-'));
  try {
    const exports = join(at, 'exports');
    plantCase(exports, given);
    plantBusyboxRoot(join(exports, 'root'), given.init);
    await ensureCertificates(join(exports, 'etc'), ['127.0.0.1'], new Date());
    mkdirSync(join(at, 'initramfs'));
    const { words = '', answers, packed } = what;
    if (packed !== undefined) packRoot(exports, packed);
    change(exports);
    const boot: BootCase = { exports, initramfs: join(at, 'initramfs'), words, answers, packed };
    const ran = await runAs('pid 1', 'boot-runner.ts', boot);
    const reports = readFileSync(join(exports, 'reports'), 'utf8').split('\n').filter(Boolean);
    return {
      ...ran,
      reports: reports.map((line): BootReport => JSON.parse(line)),
      persistent: snapshot(join(exports, 'persistent')),
    };
  } finally {
    await rm(at, { recursive: true });
  }
}

/** Packs the root with its digest; what it was packed of is gone then. */
function packRoot(exports: string, name: string): void {
  const root = join(exports, 'root');
  const directory = join(exports, 'netboot/img');
  mkdirSync(directory, { recursive: true });
  mkdirSync(join(root, '.statelite'), { recursive: true });
  writeFileSync(join(root, '.statelite/generation'), '12\n');
  const compress = name.endsWith('.zst') ? 'zstd -q' : 'gzip';
  const archive = name.includes('.tar') ? 'tar -cf - .' : 'find . | cpio --quiet -oH newc';
  const packing = `${archive} | ${compress} > ../netboot/img/${name}`;
  execFileSync(
    'sh',
    ['-c', `${packing} && cd ../netboot/img && sha256sum ${name} > ${name}.sha256`],
    {
      cwd: root,
    },
  );
  rmSync(root, { recursive: true });
}
