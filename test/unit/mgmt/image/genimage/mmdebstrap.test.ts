import { expect, test } from 'vitest';
import {
  mmdebstrapArguments,
  packageProgress,
} from '../../../../../mgmt/image/genimage/mmdebstrap.ts';

const root = {
  suite: 'bookworm',
  architecture: 'amd64',
  packages: ['systemd', 'nano-'],
  aptOptions: ['Acquire::http::Proxy "http://p:3142";'],
  localMirror: false,
  target: '/install/i/rootimg.new',
};

test('mmdebstrap gets packages, options and the target, and reads its sources from stdin', () => {
  const argv = mmdebstrapArguments(root);
  expect(argv[0]).toBe('mmdebstrap');
  expect(argv).toContain('--include=systemd,nano-');
  expect(argv).toContain('--aptopt=Acquire::http::Proxy "http://p:3142";');
  expect(argv.slice(-3)).toEqual(['bookworm', '/install/i/rootimg.new', '-']);
  expect(argv.join(' ')).not.toContain('file-mirror-automount');
});

test("packages of this machine's own directories are made visible to the chroot", () => {
  expect(mmdebstrapArguments({ ...root, localMirror: true }).join(' ')).toContain(
    '--hook-dir=/usr/share/mmdebstrap/hooks/file-mirror-automount',
  );
});

test('its output becomes words on how far it is', () => {
  const words = packageProgress();
  const lines = [
    'I: running apt-get update...',
    '0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.',
    'Get:1 http://deb.debian.org/debian bookworm/main amd64 dash amd64 0.5.12 [97 kB]',
    'Unpacking dash (0.5.12) ...',
    'Setting up dash (0.5.12) ...',
    '0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.',
    'Setting up udev (252) ...',
  ];
  expect(lines.map(words)).toEqual([
    undefined,
    undefined,
    'download dash',
    'unpack dash (0 of 2 set up)',
    'set up dash (1 of 2)',
    undefined,
    'set up udev (2 of 3)',
  ]);
});
