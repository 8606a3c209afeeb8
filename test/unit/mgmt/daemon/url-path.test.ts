import { expect, test } from 'vitest';
import { pathBelow } from '../../../../mgmt/daemon/url-path.ts';

test.for([
  ['/tftpboot/xcat/osimage/a%20b/kernel', ['xcat', 'osimage', 'a b', 'kernel']],
  ['/tftpboot//xcat//kernel?x=1', ['xcat', 'kernel']],
  ['/tftpboot/..kernel', ['..kernel']],
] as const)('%s is a file', ([url, names]) => {
  expect(pathBelow('/tftpboot/', url)).toEqual(names);
});

test.for([
  '/tftpboot/',
  '/tftpboot',
  '/tftpboot/xcat/',
  '/install/x',
  '/tftpboot/../etc/shadow',
  '/tftpboot/xcat/../../etc/shadow',
  '/tftpboot/%2e%2e/etc/shadow',
  '/tftpboot/..%2fetc%2fshadow',
  '/tftpboot/%2e/kernel',
  '/tftpboot/ker%00nel',
  '/tftpboot/%zz',
  '/tftpboot/%ff',
  'http://elsewhere/tftpboot/x',
])('%s is none', (url) => {
  expect(pathBelow('/tftpboot/', url)).toBeUndefined();
});
