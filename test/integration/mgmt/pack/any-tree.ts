import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lutimesSync,
  mkdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** A tree with everything that a root image can hold, and names that programs trip over. */
export function plantEverything(root: string): void {
  const at = (path: string) => join(root, path);
  for (const path of ['etc', 'usr/bin', 'empty', `long/${'x'.repeat(120)}/${'y'.repeat(120)}`]) {
    mkdirSync(at(path), { recursive: true });
  }
  writeFileSync(at('etc/plain'), 'plain\n');
  writeFileSync(at('etc/secret'), 'secret', { mode: 0o600 });
  writeFileSync(at('usr/bin/su'), 'su');
  run('chown', '4000000000:300000', at('usr/bin/su'));
  run('chmod', '6711', at('usr/bin/su'));
  run('setfattr', '-n', 'user.bytes', '-v', '0x00ff0aff3d', at('usr/bin/su'));
  run(
    'setfattr',
    '-n',
    'security.capability',
    '-v',
    '0x0100000200200000000000000000000000000000',
    at('etc/plain'),
  );
  linkSync(at('usr/bin/su'), at('usr/bin/sudo'));
  linkSync(at('usr/bin/su'), at('zlast'));
  writeFileSync(at('etc/nothing'), '');
  linkSync(at('etc/nothing'), at('etc/nothing-too'));
  symlinkSync('plain', at('etc/link'));
  symlinkSync(`/${'far/'.repeat(60)}away`, at('etc/far'));
  symlinkSync(`${'../'.repeat(50)}up`, at('etc/up'));
  symlinkSync('/etc/Főtanúsítvány', at('etc/unicode'));
  run('chown', '-h', '7:8', at('etc/link'));
  run('mkfifo', '-m', '640', at('etc/fifo'));
  run('mknod', '-m', '666', at('etc/null'), 'c', '1', '3');
  run('mknod', '-m', '600', at('etc/disk'), 'b', '259', '70000');
  writeFileSync(at(`long/${'x'.repeat(120)}/${'y'.repeat(120)}/deep`), 'deep');
  for (const name of [
    'with blank',
    'new\nline',
    'back\\slash',
    '#comment',
    '-option',
    'TRAILER!!!',
    '*',
    'ümlaut',
  ]) {
    writeFileSync(at(name), name);
  }
  writeFileSync(Buffer.concat([Buffer.from(`${root}/bytes`), Buffer.from([0xff, 0xe4])]), 'x');
  truncateSync(makeFile(at('sparse')), 3_000_000);
  writeFileSync(at('large'), Buffer.alloc(2_500_001, 'large'));
  run('chown', '5:6', root);
  run('chmod', '711', root);
  for (const path of ['etc/plain', 'etc/link', 'empty', 'etc'])
    lutimesSync(at(path), 1000, 981_173_106.25);
  lutimesSync(root, 1000, 1_000_000_000);
}

function makeFile(path: string): string {
  writeFileSync(path, '');
  return path;
}

/** What find(1) and getfattr(1) tell of every object, in lines that can be compared. */
export function describeTree(root: string, time: 'exact' | 'seconds' = 'exact'): string[] {
  const format = String.raw`%p %y %m %U:%G %s %n ${time === 'exact' ? '%T@' : '%Ts'} %l\0`;
  const lines = execFileSync(
    'find',
    ['.', '-type', 'd', '-printf', format.replace(' %s %n', ''), '-o', '-printf', format],
    {
      cwd: root,
      encoding: 'latin1',
    },
  );
  const attributes = execFileSync(
    'getfattr',
    ['-R', '-P', '-h', '-m', '-', '-d', '-e', 'hex', '.'],
    {
      cwd: root,
      encoding: 'latin1',
    },
  );
  const devices = execFileSync(
    'find',
    ['.', '(', '-type', 'b', '-o', '-type', 'c', ')', '-exec', 'stat', '-c', '%n %t:%T', '{}', '+'],
    { cwd: root, encoding: 'latin1' },
  );
  const blocks = `${attributes}\n`.split('\n\n').filter((block) => block.startsWith('#'));
  return [...lines.split('\0').slice(0, -1), ...blocks, ...devices.split('\n')].toSorted();
}

/** The content of every file, by digest. */
export function contentsOf(root: string): string[] {
  const sums = execFileSync('find', ['.', '-type', 'f', '-exec', 'sha256sum', '-z', '{}', '+'], {
    cwd: root,
    encoding: 'latin1',
  });
  return sums.split('\0').toSorted();
}

function run(command: string, ...argv: string[]): void {
  execFileSync(command, argv);
}
