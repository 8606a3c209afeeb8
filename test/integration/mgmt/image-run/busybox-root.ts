import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Tree } from '../generations/image-home.ts';

const programs = [
  'sh',
  'echo',
  'cat',
  'sleep',
  'mount',
  'touch',
  'mkdir',
  'rm',
  'ls',
  'chmod',
  'grep',
  'dd',
  'id',
  'kill',
];

/** A root in which a shell and some programs run. */
export function busyboxRoot(more: Tree = {}): Tree {
  return {
    ...Object.fromEntries(programs.map((name) => [`bin/${name}`, { link: 'busybox' }])),
    ...Object.fromEntries(['proc', 'sys', 'dev', 'run'].map((name) => [name, { dir: 0o755 }])),
    'etc/resolv.conf': '# of the image\n',
    'usr/share/other': 'never changed\n',
    'usr/share/data': 'data of the image\n',
    'usr/bin/tool': { text: 'tool\n', mode: 0o755 },
    ...more,
  };
}

/** Puts the program itself into a root that is planted. */
export function plantBusybox(root: string): void {
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync('/usr/bin/busybox', join(root, 'bin/busybox'));
}
