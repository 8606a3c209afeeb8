import { cpSync, rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { linuxSystem } from '../../agent/linux.ts';
import { marker, switchRoot } from '../../agent/machine/switch-root.ts';
import { nativeAddon } from './native.ts';
import { enterSandbox } from './sandbox.ts';
import { snapshot } from './snapshot.ts';
import type { SwitchRootCase } from './switch-root.ts';

const given: SwitchRootCase = JSON.parse(await text(process.stdin));
const system = linuxSystem(nativeAddon());

await enterSandbox(
  given.at,
  {
    [marker]: 'kernel\n',
    '/init': 'the agent',
    '/lib/modules/x/a.ko': 'module',
    '/mnt/data/x': '',
  },
  given.shared,
  system,
);
if (given.without === 'marker') rmSync(marker);
if (given.without === 'another device') cpSync('/exports/root', '/newroot', { recursive: true });
else await system.bind('/exports/root', '/newroot', true);
// What an operator mounted in a shell and forgot: a file system, and a single file.
await system.bind('/exports/data', '/mnt/data', false);
await system.bind('/exports/data/precious', '/lib/modules/x/a.ko', false);

const before = Object.keys(snapshot('/lib'));
try {
  await switchRoot('/newroot', given.init, ['single', 'two words'], system);
} catch (error) {
  const isWhole = Object.keys(snapshot('/lib')).join() === before.join();
  process.stdout.write(`${String(error)}\n${isWhole ? 'nothing was deleted' : 'DELETED'}\n`);
}
