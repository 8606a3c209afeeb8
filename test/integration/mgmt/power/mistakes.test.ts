import { describe, expect } from 'vitest';
import { test } from '../../../helpers/mgmt-test.ts';

const verbs = [
  ['rpower', 'on'],
  ['rsetboot', 'net'],
  ['rnetboot'],
  ['rinstall', 'boot'],
  ['rcons'],
  ['wcons'],
] as const;

describe('who types something wrong', () => {
  test.for(verbs)('%s is told which node there is not', async ([verb, ...words], { mn }) => {
    await mn.run('nodeadd', 'n1', 'groups=all', 'mgt=ipmi');
    const { code, out, err } = await mn.run(verb, 'n1,nope', ...words);
    expect({ code, out }).toEqual({ code: 1, out: [] });
    expect(err).toContain('Invalid nodes and/or groups in noderange: nope');
  });

  test.for(verbs)(
    '%s is told which row is missing, and how to add it',
    async ([verb, ...words], { mn }) => {
      await mn.run('nodeadd', 'n1', 'groups=all', 'mgt=ipmi');
      await mn.run('nodeadd', 'n2', 'groups=all');
      const noController = await mn.run(verb, 'n1', ...words);
      expect(noController).toMatchObject({ code: 1, out: [] });
      expect(noController.err).toContain('ERR_STATELITE_HARDWARE: n1 has no ipmi.bmc');
      expect(noController.err).toContain('hint: chtab node=n1 ipmi.bmc=');
      const noMethod = await mn.run(verb, 'n2', ...words);
      expect(noMethod).toMatchObject({ code: 1, out: [] });
      expect(noMethod.err).toMatch(/n2 has neither nodehm\.(?:power|cons) nor nodehm\.mgt/u);
      expect(noMethod.err).toContain('chtab node=n2 nodehm.mgt=ipmi');
    },
  );

  test.for(verbs)('%s is told which method is unknown', async ([verb, ...words], { mn }) => {
    await mn.run('nodeadd', 'n1', 'groups=all', 'mgt=blade');
    const { code, err } = await mn.run(verb, 'n1', ...words);
    expect(code).toBe(1);
    expect(err).toContain('nodehm.mgt of n1 is blade, which is not known here');
    expect(err).toContain('ipmi, redfish, kvm, qemu');
  });

  test.for([
    ['rpower', 'n1', 'onn'],
    ['rpower', 'n1'],
    ['rpower', 'n1', 'on', 'off'],
    ['rpower', 'n1', 'on', '--timeout', '0'],
    ['rsetboot', 'n1', 'usb'],
    ['rnetboot', 'n1', '-s', 'cd'],
    ['rinstall', 'n1', 'osimage=a', 'b'],
    ['rcons'],
    ['rcons', 'n1', '-f', '-s'],
    ['wcons', 'n1', '-t', '0'],
  ])('%s %s is told the usage', async (words, { mn }) => {
    await mn.run('nodeadd', 'n1', 'groups=all', 'mgt=ipmi');
    const { code, err } = await mn.run(...words);
    expect(code).toBe(2);
    expect(err).toContain(`hint: usage: statelite ${words[0]} `);
  });
});

test('several nodes are each told what is wrong with it, and counted', async ({ mn }) => {
  await mn.run('nodeadd', 'n1,n2', 'groups=all', 'mgt=ipmi');
  await mn.run('nodeadd', 'n3', 'groups=all', 'mgt=blade');
  const { code, err } = await mn.run('rpower', 'all', 'stat');
  expect(code).toBe(1);
  for (const problem of ['n1: ERR_STATELITE_HARDWARE: n1 has no', 'n3: hint: use one of']) {
    expect(err).toContain(problem);
  }
  expect(err).toContain('3 of 3 nodes failed: n1, n2, n3');
});
