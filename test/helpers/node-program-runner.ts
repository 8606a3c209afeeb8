import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { hasCode } from '../../agent/errors.ts';
import { layout } from '../../agent/rules/layout.ts';
import { caPath, nodeProgram, programPath } from '../../mgmt/image/node-scripts/node-program.ts';

/** A node that has booted, in a mount namespace of this program's own. */
export interface BootedNode {
  /** A directory that may be written. */
  readonly work: string;
  readonly ca: string;
  readonly cmdline: string;
  /** Words for the node's program; the shell that runs it is one of this machine. */
  readonly words: readonly string[];
  readonly shell: readonly string[];
  /** Programs that the image does not have. */
  readonly without: readonly string[];
  /** Programs that the image has in place of this machine's, by path. */
  readonly instead?: Readonly<Record<string, string>> | undefined;
  /** What the image has in /xcatpost, by name; undefined: it can be written and is empty. */
  readonly readOnlyPost?: Readonly<Record<string, string>> | undefined;
  /** Nothing can be written but what the boot agent has in memory: no /run, no /var/log. */
  readonly isReadOnly?: boolean | undefined;
  /** Files to tell of, when it has ended. */
  readonly files: readonly string[];
}

export interface NodeEnd {
  readonly status: number | null;
  readonly output: string;
  readonly files: Readonly<Record<string, string | undefined>>;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test that starts this gives it
const node = JSON.parse(await text(process.stdin)) as BootedNode;
const { work } = node;

// A root like this machine's in which everything may be changed, and vanishes.
const scratch = join(work, 'scratch');
mkdirSync(scratch);
mount('-t', 'tmpfs', 'tmpfs', scratch);
const [upper, hidden, root] = ['upper', 'hidden', 'root'].map((name) => {
  mkdirSync(join(scratch, name));
  return join(scratch, name);
});
mount(
  '-t',
  'overlay',
  'overlay',
  '-o',
  `lowerdir=/,upperdir=${upper},workdir=${hidden}`,
  String(root),
);
const inside = (path: string) => join(String(root), path);
for (const path of ['/proc', '/dev']) mount('--rbind', path, inside(path));
mkdirSync(inside(layout.statelite), { recursive: true });
mount('-t', 'tmpfs', '-o', 'mode=755', 'statelite', inside(layout.statelite));
mkdirSync(inside(layout.tmpfs));
for (const path of node.isReadOnly === true ? [] : ['/run', '/var/log', '/root']) {
  mount('-t', 'tmpfs', '-o', 'noexec', 'tmpfs', inside(path));
}
writeFileSync(join(scratch, 'cmdline'), node.cmdline);
mount('--bind', join(scratch, 'cmdline'), inside('/proc/cmdline'));
for (const path of node.without) rmSync(inside(path), { force: true });
for (const [path, content] of Object.entries(node.instead ?? {})) {
  rmSync(inside(path), { force: true });
  writeFileSync(inside(path), content, { mode: 0o755 });
}
for (const path of ['/xcatpost', dirname(programPath)]) {
  mkdirSync(inside(path), { recursive: true });
}
for (const [name, content] of Object.entries(node.readOnlyPost ?? {})) {
  writeFileSync(inside(join('/xcatpost', name)), content, { mode: 0o755 });
}
if (node.readOnlyPost !== undefined) {
  mount('--bind', inside('/xcatpost'), inside('/xcatpost'));
  mount('-o', 'remount,bind,ro', inside('/xcatpost'));
}
writeFileSync(inside(programPath), nodeProgram, { mode: 0o755 });
writeFileSync(inside(caPath), node.ca);
if (node.isReadOnly === true) mount('-o', 'remount,ro', String(root));

const argv = ['chroot', String(root), ...node.shell, programPath, ...node.words];
const { status, stdout, stderr } = spawnSync(argv[0] ?? '', argv.slice(1), {
  encoding: 'utf8',
  timeout: 60_000,
});
const files = node.files.map((path) => [path, readIfThere(inside(path))]);
const end: NodeEnd = { status, output: stdout + stderr, files: Object.fromEntries(files) };
process.stdout.write(JSON.stringify(end));

function mount(...options: string[]): void {
  const { status: code, stderr: why } = spawnSync('mount', options, { encoding: 'utf8' });
  if (code !== 0) throw new Error(`mount ${options.join(' ')}: ${why}`);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
