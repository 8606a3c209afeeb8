import { describe, expect } from 'vitest';
import { management } from '../../../helpers/mgmt.ts';
import { test as base } from '../../../helpers/mgmt-test.ts';

/** Two nodes with an image, one without. */
const test = base.extend('mn', async ({ mn }) => {
  await mn.run('nodeadd', 'n[1-3]', 'groups=all');
  await mn.run('chtab', 'node=n1', 'nodetype.provmethod=img');
  await mn.run('chtab', 'node=n2', 'nodetype.provmethod=img');
  await mn.run('chtab', 'imagename=img', 'osimage.groups=hpc');
  await mn.run('chtab', 'node=all', 'statelite.statemnt=srv:/state/$nodetype.provmethod');
  const files = ['/var/log/,persistent', '/etc/ntp.conf,con', '/etc/adjtime,'];
  await mn.write(
    'litefile.csv',
    `#image,file,options\n${files.map((row) => `ALL,${row}`).join('\n')}`,
  );
  await mn.run('tabrestore', 'litefile.csv');
  await mn.run('chtab', 'priority=10,image=', 'litetree.directory=mn:/last');
  await mn.run(
    'chtab',
    'priority=1.0,image=hpc',
    'litetree.directory=srv:/$node',
    'litetree.mntopts=soft',
  );
  return mn;
});

const entries = [
  'tmpfs,rw      /etc/adjtime',
  'link          /etc/mtab',
  'con           /etc/ntp.conf',
  'persistent    /var/log/',
];

describe('litefile', () => {
  test('prints the entries of every node', async ({ mn }) => {
    expect((await mn.run('litefile', 'n1,n2')).out).toEqual([
      ...entries.map((entry) => `n1: ${entry}`),
      ...entries.map((entry) => `n2: ${entry}`),
    ]);
  });

  test('answers for the others if a node has no image, and fails', async ({ mn }) => {
    const { code, out, err } = await mn.run('litefile', 'all');
    expect(code).toBe(1);
    expect(out).toHaveLength(8);
    expect(err).toMatch(/n3: .*n3 has no image[^]*1 of 3 nodes failed/u);
  });

  test('prints the entries of an image, unless a node or group is called the same', async ({
    mn,
  }) => {
    const { out } = await mn.run('litefile', 'img');
    expect(out).toEqual(entries.map((entry) => `img: ${entry}`));
    await mn.run('nodeadd', 'img', 'groups=more', 'nodetype.provmethod=other');
    await mn.run('chtab', 'image=other,file=/etc/motd', 'litefile.options=tmpfs');
    expect((await mn.run('litefile', 'img')).out).toContain('img: tmpfs         /etc/motd');
    await mn.run('chtab', 'imagename=more', 'osimage.provmethod=statelite');
    expect((await mn.run('litefile', 'more', '--json')).out.join('')).toContain('"node": "img"');
    expect((await mn.run('litefile', '--help')).out.join(' ')).toMatch(
      /both\s+means\s+the\s+node/u,
    );
  });

  test.for<[string[], number, string]>([
    [[], 2, 'usage: statelite litefile <noderange|image>'],
    [['imgg'], 1, 'Invalid nodes and/or groups in noderange: imgg'],
  ])('%j is refused', async ([argv, status, message], { mn }) => {
    const { code, out, err } = await mn.run('litefile', ...argv);
    expect({ code, out }).toEqual({ code: status, out: [] });
    expect(err).toContain(message);
  });

  test('is implied when the program is called by that name', async () => {
    await using mn = await management({ names: ['node', 'litefile'] });
    expect((await mn.run('nosuch')).err).toContain('noderange: nosuch');
  });
});

test('ilitefile prints the entries of an image, or what one that is not defined would get', async ({
  mn,
}) => {
  for (const image of ['img', 'new']) {
    const { out } = await mn.run('ilitefile', image);
    expect(out).toEqual(entries.map((entry) => `${image}: ${entry}`));
  }
});

test('ilitefile warns of an image that is not defined, and names the one that may be meant', async ({
  mn,
}) => {
  expect((await mn.run('ilitefile', 'img')).err).toBe('');
  expect((await mn.run('ilitefile', 'imgg')).err).toContain(
    'there is no osimage imgg (did you mean img?): only rows for ALL apply',
  );
  expect((await mn.run('ilitefile', 'rescue')).err).toContain(
    'there is no osimage rescue: only rows for ALL apply',
  );
  await mn.run('chtab', 'image=rescue,file=/etc/x', 'litefile.options=tmpfs');
  const { out, err } = await mn.run('ilitefile', 'rescue');
  expect(err).not.toContain('only rows for ALL');
  expect(out.join('\n')).toContain('/etc/x');
  expect(await mn.run('ilitefile', '')).toMatchObject({
    code: 2,
    out: [],
    err: expect.stringContaining('the name of the osimage is blank'),
  });
});

test('litetree prints where a node searches, in order', async ({ mn }) => {
  expect((await mn.run('litetree', 'n2')).out).toEqual(['n2: srv:/n2 :soft', 'n2: mn:/last']);
});

test('litetree and lslite show what a command prints, if the cluster lets it run', async ({
  mn,
}) => {
  await mn.run('chtab', 'priority=5,image=ALL', 'litetree.directory=srv:/#CMD=uname -s#');
  const { code, err } = await mn.run('litetree', 'n1');
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('not switched on') });
  await mn.run('chtab', 'key=statelitecmd', 'site.value=yes');
  expect((await mn.run('litetree', 'n1')).out).toContain('n1: srv:/Linux');
  expect((await mn.run('lslite', 'n1')).out).toContain('        5, srv:/Linux');
});

describe('lslite', () => {
  test('prints what nodes get and from where', async ({ mn }) => {
    expect((await mn.run('lslite', 'n1')).out).toEqual([
      '>>>Node: n1',
      '',
      'Osimage: img',
      '',
      'Persistent directory (statelite table):',
      '        srv:/state/img',
      '',
      '',
      'Litefiles (litefile table):',
      ...entries.map((entry) => `        ${entry}`),
      '',
      '',
      'Litetree path (litetree table):',
      '        1.0, srv:/n1 :soft',
      '        10, mn:/last',
      '',
      '',
    ]);
  });

  test.for(['-V', '--verbose'])('takes %s as xCAT does', async (verbose, { mn }) => {
    expect((await mn.run('lslite', verbose, 'n1')).out).toContain('>>>Node: n1');
    expect((await mn.run('lslite', verbose, '-i', 'img')).out).toHaveLength(entries.length);
  });

  test('prints the entries of an image', async ({ mn }) => {
    const { out } = await mn.run('lslite', '-i', 'img');
    expect(out).toEqual(entries.map((entry) => `        ${entry}`));
  });

  test.for<[string[], number, string]>([
    [['-i', 'i.g'], 1, "The osimage named 'i.g' is not defined."],
    [['-i', 'imgg'], 1, 'did you mean img?'],
    [['n1', '-i', 'img'], 2, 'mutually exclusive'],
    [['-i', 'img', '-i', 'img'], 2, 'more than once'],
    [[], 2, 'name a noderange or --image'],
    [[], 2, 'usage: statelite lslite [noderange]'],
    [['-V'], 2, 'name a noderange or --image'],
    [['-V', '-i', 'nope'], 1, "The osimage named 'nope' is not defined."],
  ])('%j is refused', async ([argv, status, message], { mn }) => {
    const { code, out, err } = await mn.run('lslite', ...argv);
    expect({ code, out }).toEqual({ code: status, out: [] });
    expect(err).toContain(message);
  });
});

test.for<[string[], object]>([
  [
    ['litefile', 'n1'],
    { node: 'n1', image: 'img', litefile: [{ path: '/etc/adjtime', options: 'tmpfs,rw' }] },
  ],
  [
    ['litetree', 'n1'],
    { node: 'n1', litetree: [{ priority: '1.0', location: 'srv:/n1', mntopts: 'soft' }] },
  ],
  [['lslite', 'n1'], { node: 'n1', statelite: { location: 'srv:/state/img', mntopts: '' } }],
])('%j --json', async ([argv, expected], { mn }) => {
  const { code, out } = await mn.run(...argv, '--json');
  expect(code).toBe(0);
  const [first] = JSON.parse(out.join('\n'));
  for (const [key, value] of Object.entries(expected)) {
    expect(Array.isArray(value) ? first[key].slice(0, 1) : first[key]).toEqual(value);
  }
});
