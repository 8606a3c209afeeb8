import { describe, expect, test } from 'vitest';
import { consoleAccess, powerAccess } from '../../../../mgmt/power/access.ts';
import { clusterOf, type Given } from '../../../helpers/cluster.ts';
import { failure } from '../../../helpers/rows.ts';

function access(given: Given) {
  return powerAccess(
    clusterOf({ nodelist: [{ node: 'cn01', groups: 'rack1,all' }], ...given }),
    'cn01',
  );
}

function consoleOf(given: Given) {
  return consoleAccess(
    clusterOf({ nodelist: [{ node: 'cn01', groups: 'all' }], ...given }),
    'cn01',
  );
}

const redfish = (bmc: string, more: Record<string, string> = {}) =>
  access({
    nodehm: [{ node: 'cn01', mgt: 'redfish' }],
    ipmi: [{ node: 'cn01', bmc }],
    hardware: [{ node: 'cn01', ...more }],
  });

describe('IPMI', () => {
  test('has its controller and account from the node and its groups', () => {
    const found = access({
      nodehm: [{ node: 'all', mgt: 'ipmi' }],
      ipmi: [
        { node: 'all', username: 'admin', password: 'secret' },
        { node: 'rack1', bmc: String.raw`|cn(\d+)|10.1.0.($1+0)|` },
      ],
    });
    expect(found).toEqual({
      kind: 'ipmi',
      bmc: '10.1.0.1',
      port: undefined,
      tries: 3,
      wait: 2,
      username: 'admin',
      password: 'secret',
    });
  });

  test('takes what ipmi does not say from the passwd row ipmi', () => {
    const found = access({
      nodehm: [{ node: 'cn01', mgt: 'ipmi' }],
      ipmi: [{ node: 'cn01', bmc: 'cn01-bmc' }],
      passwd: [
        { key: 'system', username: 'root', password: 'other' },
        { key: 'ipmi', username: 'USERID', password: 'usual' },
      ],
    });
    expect(found).toMatchObject({ username: 'USERID', password: 'usual' });
  });

  test('gives no account the password of another', () => {
    const found = access({
      nodehm: [{ node: 'cn01', mgt: 'ipmi' }],
      ipmi: [{ node: 'cn01', bmc: 'cn01-bmc', username: 'me' }],
      passwd: [{ key: 'ipmi', username: 'USERID', password: 'usual' }],
    });
    expect(found).toMatchObject({ username: 'me', password: undefined });
  });

  test.for([
    ['ipmiretries', '0'],
    ['ipmitimeout', '1.5'],
  ] as const)('is not asked with site %s=%s', ([key, value]) => {
    const given = {
      nodehm: [{ node: 'cn01', mgt: 'ipmi' }],
      ipmi: [{ node: 'cn01', bmc: 'cn01-bmc' }],
      site: [{ key, value }],
    };
    expect(() => access(given)).toThrow(failure('ERR_STATELITE_TABLE', key, value));
  });

  test.for([
    ['cn01-bmc', 'cn01-bmc', undefined],
    ['10.1.0.1:6230', '10.1.0.1', 6230],
    ['fe80::1', 'fe80::1', undefined],
    ['[fe80::1]:6230', 'fe80::1', 6230],
    ['https://[fe80::1]/', 'fe80::1', undefined],
  ] as const)('reads the controller %s', ([bmc, address, port]) => {
    const given = { nodehm: [{ node: 'cn01', mgt: 'ipmi' }], ipmi: [{ node: 'cn01', bmc }] };
    expect(access(given)).toMatchObject({ bmc: address, port });
  });

  test('is asked as often as site says', () => {
    const found = access({
      nodehm: [{ node: 'cn01', mgt: 'ipmi' }],
      ipmi: [{ node: 'cn01', bmc: 'cn01-bmc' }],
      site: [
        { key: 'ipmiretries', value: '5' },
        { key: 'ipmitimeout', value: '1' },
      ],
    });
    expect(found).toMatchObject({ tries: 5, wait: 1 });
  });

  test.for(['-Ifoo', 'a b', 'a;b', '', ' ', 'a:0x1', 'a:65536', '[a]:1', ':1'])(
    'refuses the controller %j',
    (bmc) => {
      const given = { nodehm: [{ node: 'cn01', mgt: 'ipmi' }], ipmi: [{ node: 'cn01', bmc }] };
      expect(() => access(given)).toThrow(failure('ERR_STATELITE_HARDWARE', 'ipmi.bmc', 'cn01'));
    },
  );

  test('is what nodehm.power says before nodehm.mgt', () => {
    const given = {
      nodehm: [{ node: 'cn01', mgt: 'kvm', power: 'ipmi' }],
      ipmi: [{ node: 'cn01', bmc: 'fe80::1' }],
    };
    expect(access(given)).toMatchObject({ kind: 'ipmi', bmc: 'fe80::1' });
  });
});

describe('Redfish', () => {
  test.for([
    ['cn01-bmc', 'https://cn01-bmc'],
    ['cn01-bmc:8443', 'https://cn01-bmc:8443'],
    ['https://10.0.0.1/', 'https://10.0.0.1'],
    ['fe80::1', 'https://[fe80::1]'],
  ] as const)('asks %s at %s', ([bmc, origin]) => {
    expect(redfish(bmc)).toMatchObject({ kind: 'redfish', origin, verify: true });
  });

  test.for(['http://cn01-bmc', 'https://me:secret@cn01-bmc', 'https://', 'ftp://x'])(
    'refuses %s, and repeats no password',
    (bmc) => {
      const problem = failure('ERR_STATELITE_HARDWARE', 'ipmi.bmc');
      expect(() => redfish(bmc)).toThrow(problem);
      expect(() => redfish(bmc)).not.toThrow(/secret/u);
    },
  );

  test.for(['0', 'no', 'No'])('takes any certificate with verify %s only', (verify) => {
    expect(redfish('bmc', { verify })).toMatchObject({ verify: false });
    expect(redfish('bmc', { verify: 'yes' })).toMatchObject({ verify: true });
  });

  test('refuses a relative cafile', () => {
    expect(() => redfish('bmc', { cafile: 'ca.pem' })).toThrow(
      failure('ERR_STATELITE_HARDWARE', 'hardware.cafile'),
    );
  });

  test('has its console by IPMI', () => {
    const given = {
      nodehm: [{ node: 'cn01', mgt: 'redfish' }],
      ipmi: [{ node: 'cn01', bmc: 'https://cn01-bmc:8443' }],
    };
    expect(consoleOf(given)).toMatchObject({ kind: 'ipmi', bmc: 'cn01-bmc', port: undefined });
  });
});

describe('a virtual node', () => {
  test('is a domain of the local libvirt with its own name', () => {
    const given = { nodehm: [{ node: 'cn01', mgt: 'kvm' }] };
    const libvirt = { kind: 'libvirt', uri: 'qemu:///system', domain: 'cn01' };
    expect(access(given)).toEqual(libvirt);
    expect(consoleOf(given)).toEqual(libvirt);
  });

  test('is reached by its sockets if it has any', () => {
    const given = {
      nodehm: [{ node: 'cn01', mgt: 'qemu' }],
      hardware: [{ node: 'all', qmp: '|/run/vm/cn($1).qmp|', serial: '/run/vm/tty' }],
    };
    expect(access(given)).toEqual({ kind: 'qmp', socket: '/run/vm/cn1.qmp' });
    expect(consoleOf(given)).toEqual({ kind: 'socket', socket: '/run/vm/tty' });
  });

  test('that is qemu needs its sockets', () => {
    const given = { nodehm: [{ node: 'cn01', mgt: 'qemu' }] };
    expect(() => access(given)).toThrow(failure('ERR_STATELITE_HARDWARE', 'hardware.qmp'));
    expect(() => consoleOf(given)).toThrow(failure('ERR_STATELITE_HARDWARE', 'hardware.serial'));
  });

  test('cannot be named like an option of virsh', () => {
    const given = {
      nodehm: [{ node: 'cn01', mgt: 'kvm' }],
      hardware: [{ node: 'cn01', domain: '--help' }],
    };
    expect(() => access(given)).toThrow(failure('ERR_STATELITE_HARDWARE', 'hardware.domain'));
  });
});

test('a node without a method, or with one that is not known, says what to set', () => {
  expect(() => access({})).toThrow(failure('ERR_STATELITE_HARDWARE', 'nodehm.power', 'nodehm.mgt'));
  expect(() => access({ nodehm: [{ node: 'cn01', mgt: 'blade' }] })).toThrow(
    failure('ERR_STATELITE_HARDWARE', 'nodehm.mgt of cn01 is blade'),
  );
  expect(() => consoleOf({ nodehm: [{ node: 'cn01', cons: 'blade' }] })).toThrow(
    failure('ERR_STATELITE_HARDWARE', 'nodehm.cons', 'blade'),
  );
});
