import { expect, test } from 'vitest';
import type { FileAnswer } from '../../../../mgmt/doctor/ask-http.ts';
import type { TcpAnswer } from '../../../../mgmt/doctor/ask-tcp.ts';
import type { TlsAnswer } from '../../../../mgmt/doctor/ask-tls.ts';
import { judgeHttp, judgeTftp } from '../../../../mgmt/doctor/file-servers.ts';
import { listening } from '../../../../mgmt/doctor/port-owner.ts';
import { judgeStatus, judgeTls } from '../../../../mgmt/doctor/ports.ts';

const owner = { pid: 812, name: 'nginx' };
const at = { host: '10.0.0.1', port: 3001, owner: undefined };
const healthy: TlsAnswer = { kind: 'answered', status: 200, fingerprint: 'AA' };

test('a daemon that is well and has the certificate of the disk is fine', () => {
  expect(judgeTls({ ...at, answer: healthy }, 'AA').level).toBe('ok');
});

test.each<[string, TlsAnswer, typeof owner | undefined, string, string]>([
  ['nobody', { kind: 'refused' }, undefined, 'nobody listens', 'systemctl start statelite'],
  [
    'a server on another address',
    { kind: 'refused' },
    owner,
    'nginx (pid 812) listens, but not on 10.0.0.1',
    'ss -ltnp sport = :3001',
  ],
  [
    'another program',
    { kind: 'failed', why: 'wrong version number' },
    owner,
    'nginx (pid 812) has the port',
    'stop it',
  ],
  ['a stuck server', { kind: 'silent' }, owner, 'no answer, nginx', 'firewall'],
  [
    'a daemon with an old certificate',
    { ...healthy, fingerprint: 'BB' },
    owner,
    'another certificate',
    'kill -HUP 812',
  ],
  ['a daemon that is not well', { ...healthy, status: 503 }, owner, 'says 503', 'log'],
])('%s on the TLS port is a failure that says what to do', (_, answer, by, message, hint) => {
  expect(judgeTls({ ...at, owner: by, answer }, 'AA')).toEqual({
    level: 'fail',
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
  });
});

test.each<[string, TcpAnswer, string]>([
  ['ready', { kind: 'answered', text: 'ready\n' }, 'ok'],
  ['nothing, as strangers are told', { kind: 'answered', text: undefined }, 'ok'],
  ['something else', { kind: 'answered', text: 'SSH-2.0' }, 'fail'],
])('a status port that says %s', (_, answer, level) => {
  expect(judgeStatus({ ...at, answer }).level).toBe(level);
});

const sample = { path: 'boot.ipxe', bytes: Buffer.from('#!ipxe') };
const served = (text: string): FileAnswer => ({ kind: 'served', bytes: Buffer.from(text) });

test.each<[string, FileAnswer, 'ok' | 'fail', string]>([
  ['the file', served('#!ipxe'), 'ok', 'serves boot.ipxe'],
  ['another file', served('<html>'), 'fail', 'serves another boot.ipxe'],
  ['an error', { kind: 'failed', why: 'it answers 404' }, 'fail', 'it answers 404'],
  ['nothing', { kind: 'silent' }, 'fail', 'no answer'],
])('servers of boot files that give %s', (_, answer, level, message) => {
  const asked = { ...at, owner, answer };
  for (const finding of [judgeHttp(asked, sample), judgeTftp(asked, sample, 'start it')]) {
    expect(finding).toMatchObject({ level, message: expect.stringContaining(message) });
  }
});

test('without a TFTP server it says how one is started', () => {
  const answer = { kind: 'silent' } as const;
  expect(judgeTftp({ ...at, answer }, sample, 'start it: dnsmasq')).toMatchObject({
    level: 'fail',
    hint: 'start it: dnsmasq',
  });
});

test('of /proc/net/tcp only sockets that listen on the port count', () => {
  const lines = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 00000000:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1',
    '   1: 0100007F:0BB9 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 222 1',
    '   2: 00000000:0BBA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1',
  ];
  expect(listening(lines.join('\n'), 'tcp', 3001)).toEqual(['111']);
  expect(listening(lines.join('\n'), 'udp', 3001)).toEqual([]);
});
