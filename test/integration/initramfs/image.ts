import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InitramfsOptions } from '../../../initramfs/build.ts';
import { elfFile } from '../../unit/initramfs/elf-file.ts';

export const release = '6.1.0-9-test';

/** Options of a build that takes milliseconds: a small program stands in for the agent. */
export function quickOptions(root: string, output: string): InitramfsOptions {
  return {
    root,
    kernel: release,
    agent: '/bin/true',
    busybox: '/bin/busybox',
    ca: undefined,
    output,
    compression: 'none',
  };
}

/** What a module file looks like to who only reads its `.modinfo`. */
export function moduleFile(name: string, firmware: readonly string[] = []): Buffer {
  const lines = [`name=${name}`, ...firmware.map((file) => `firmware=${file}`)];
  return elfFile({ sections: { '.modinfo': lines.map((line) => `${line}\0`).join('') } });
}

/** An image with the modules a node cannot boot without, and with `files` of modules beside them. */
export function plantImage(root: string, files: Readonly<Record<string, Buffer>> = {}): string {
  const directory = join(root, 'usr/lib/modules', release);
  const names = ['nfs', 'nfsv3', 'nfsv4'];
  const basic = names.map((name) => [`kernel/fs/nfs/${name}.ko`, moduleFile(name)] as const);
  const all = { ...Object.fromEntries(basic), ...files };
  for (const [file, content] of Object.entries(all)) {
    mkdirSync(join(directory, file, '..'), { recursive: true });
    writeFileSync(join(directory, file), content);
  }
  const dep = Object.keys(all).map((file) => `${file}:\n`);
  writeFileSync(join(directory, 'modules.dep'), dep.join(''));
  writeFileSync(join(directory, 'modules.alias'), '');
  return directory;
}

/** Unpacks an archive as the kernel would, and says where. */
export function unpack(archive: string): string {
  const directory = `${archive}.d`;
  mkdirSync(directory, { recursive: true });
  const options = ['--quiet', '--preserve-modification-time'];
  execFileSync('cpio', ['--extract', ...options, '--file', archive], { cwd: directory });
  return directory;
}
