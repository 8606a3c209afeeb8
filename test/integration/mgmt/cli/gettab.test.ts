import { describe, expect } from 'vitest';
import { test as base } from '../../../helpers/mgmt-test.ts';

const test = base.extend('given', async ({ mn }) => {
  await mn.run('chtab', 'key=master', 'site.value=10.0.0.1');
  await mn.run('chtab', 'node=old', 'nodehm.mgt=ipmi', 'nodehm.disable=1');
  await mn.run('chtab', 'node=bmc', 'nodehm.mgt=ipmi', 'nodehm.power=ipmi', 'noderes.netboot=pxe');
  return mn;
});

describe('gettab', () => {
  test.for<[string[], string[]]>([
    [['key=master', 'site.value'], ['10.0.0.1']],
    [['-H', 'key=master', 'site.value'], ['site.value: 10.0.0.1']],
    [['key=master', 'site.comments'], ['']],
    [['key=none', 'site.value'], []],
    [
      ['mgt=ipmi', 'nodehm.node', 'nodehm.power'],
      ['nodehm.node: bmc', 'nodehm.power: ipmi'],
    ],
    [['mgt=ipmi,power=ipmi', 'nodehm.node'], ['bmc']],
    [
      ['node=bmc', 'noderes.netboot', 'nodehm.mgt'],
      ['noderes.netboot: pxe', 'nodehm.mgt: ipmi'],
    ],
  ])('%j', async ([argv, lines], { given }) => {
    expect(await given.run('gettab', ...argv)).toEqual({ code: 0, out: lines, err: '' });
  });

  test('--json', async ({ given }) => {
    const { out } = await given.run('gettab', '--json', 'key=master', 'site.value');
    expect(JSON.parse(out.join(''))).toEqual({ 'site.value': '10.0.0.1' });
  });

  test.for<[string[], number, string]>([
    [['key=x', 'sit.value'], 1, 'No such table: sit'],
    [['key=x', 'site.valu'], 1, 'did you mean value?'],
    [['kei=x', 'site.value'], 1, 'did you mean key?'],
    [['key=x', 'site'], 2, '"site" is no column'],
    [['key=x'], 2, 'usage: statelite gettab'],
  ])('%j is refused', async ([argv, status, message], { given }) => {
    const { code, out, err } = await given.run('gettab', ...argv);
    expect({ code, out }).toEqual({ code: status, out: [] });
    expect(err).toContain(message);
  });
});

describe('tabgrep', () => {
  test('lists the tables with a row of the node or its groups', async ({ given }) => {
    await given.run('chtab', 'node=bmc', 'nodelist.groups=compute,all');
    await given.run('chtab', 'node=compute', 'statelite.statemnt=s:/state', 'nodehm.cons=ipmi');
    await given.run('chtab', 'node=other', 'hosts.ip=10.0.0.9');
    expect((await given.run('tabgrep', 'bmc')).out).toEqual([
      'nodehm',
      'nodelist',
      'noderes',
      'statelite',
    ]);
    expect((await given.run('tabgrep', 'compute')).out).toEqual(['nodehm', 'statelite']);
    expect(await given.run('tabgrep', 'all')).toEqual({ code: 0, out: [], err: '' });
    const { out } = await given.run('tabgrep', '--json', 'compute');
    expect(JSON.parse(out.join(''))).toEqual(['nodehm', 'statelite']);
  });

  test('does not know every name', async ({ given }) => {
    const { code, err } = await given.run('tabgrep', 'nosuch');
    expect(code).toBe(1);
    expect(err).toContain('Invalid nodes and/or groups in noderange: nosuch');
  });
});
