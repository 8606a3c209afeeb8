import { expect, test } from 'vitest';
import { nodeWrite } from '../../conformance/node-write.ts';

test.each<[written: object, meant: object]>([
  [
    { path: '/a', content: 'x' },
    { verb: 'write', path: '/a', content: 'x', append: false },
  ],
  [
    { path: '/a', content: 'x', append: true },
    { verb: 'write', append: true },
  ],
  [
    { write: '/a', content: 'x' },
    { verb: 'write', path: '/a', content: 'x' },
  ],
  [
    { path: '/a', content: '' },
    { verb: 'write', path: '/a', content: '' },
  ],
  [{ unlink: '/a' }, { verb: 'unlink', path: '/a' }],
  [
    { path: '/a', unlink: true },
    { verb: 'unlink', path: '/a' },
  ],
  [
    { path: '/a', op: 'unlink' },
    { verb: 'unlink', path: '/a' },
  ],
  [{ rename: ['/a', '/b'] }, { verb: 'rename', path: '/a', to: '/b' }],
  [
    { rename: '/a', to: '/b' },
    { verb: 'rename', path: '/a', to: '/b' },
  ],
  [
    { path: '/a', rename_to: '/b' },
    { verb: 'rename', path: '/a', to: '/b' },
  ],
  [
    { from: '/a', rename: '/b' },
    { verb: 'rename', path: '/a', to: '/b' },
  ],
  [{ rename: { from: '/a', to: '/b' } }, { verb: 'rename', path: '/a', to: '/b' }],
  [
    { action: 'rename', from: '/a', to: '/b' },
    { verb: 'rename', path: '/a', to: '/b' },
  ],
  [{ chmod: ['/a', '0600'] }, { verb: 'chmod', path: '/a', mode: 0o600 }],
  [
    { path: '/a', content: 'x', mode: '0600' },
    { verb: 'write', path: '/a', mode: 0o600 },
  ],
  [
    { path: '/a', rename: '/b' },
    { verb: 'rename', path: '/a', to: '/b' },
  ],
  [
    { mkdir: '/a', mode: '0700' },
    { verb: 'mkdir', path: '/a', mode: 0o700 },
  ],
  [
    { chmod: '/a', mode: '0600' },
    { verb: 'chmod', path: '/a', mode: 0o600 },
  ],
  [
    { path: '/a', chmod: '0600' },
    { verb: 'chmod', path: '/a', mode: 0o600 },
  ],
])('%j is understood', (written, meant) => {
  expect(nodeWrite({ value: written, where: 'here' })).toMatchObject(meant);
});
