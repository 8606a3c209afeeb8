import { expect, test } from 'vitest';
import { serviceManagerOf } from '../../../../mgmt/daemon/service-manager.ts';

const socket = '/run/systemd/notify';

test.each([
  ['nothing', {}, undefined],
  ['a blank socket', { NOTIFY_SOCKET: '' }, undefined],
  ['a socket of a virtual machine', { NOTIFY_SOCKET: 'vsock:2:1234' }, undefined],
  ['a path', { NOTIFY_SOCKET: socket }, { socket, watchdog: undefined }],
  ['an abstract name', { NOTIFY_SOCKET: '@a/b' }, { socket: '@a/b', watchdog: undefined }],
  [
    'a watchdog for all',
    { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '2000000' },
    { socket, watchdog: 2000 },
  ],
  [
    'a watchdog for us',
    { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '500', WATCHDOG_PID: '7' },
    { socket, watchdog: 0.5 },
  ],
  [
    'a watchdog for another process',
    { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '2000000', WATCHDOG_PID: '8' },
    { socket, watchdog: undefined },
  ],
  [
    'a watchdog that is no number',
    { NOTIFY_SOCKET: socket, WATCHDOG_USEC: 'soon' },
    { socket, watchdog: undefined },
  ],
])('%s in the environment', (_, env, manager) => {
  expect(serviceManagerOf(env, 7)).toEqual(manager);
});
