import { expect, test } from 'vitest';
import { judgeBootFiles } from '../../../../mgmt/doctor/boot-files.ts';
import { type FileFacts, type ImageFacts, judgeImage } from '../../../../mgmt/doctor/images.ts';

const file = (path: string, day: number, part: Partial<FileFacts> = {}): FileFacts => ({
  path,
  size: 10,
  changed: new Date(Date.UTC(2026, 0, day)),
  closed: undefined,
  ...part,
});
const files = (day: number) => ({
  kernel: file('/x/kernel', day),
  'initrd-statelite.gz': file('/x/initrd-statelite.gz', day),
});
const good: ImageFacts = {
  name: 'compute',
  rootimgdir: '/install/x',
  isHere: true,
  hasRoot: true,
  published: files(3),
  built: files(2),
  agentChanged: new Date(Date.UTC(2026, 0, 1)),
  ca: 'same',
};

test('an image whose files are published, readable and current is fine', () => {
  expect(judgeImage(good)).toMatchObject([{ level: 'ok' }]);
});

test.each<[string, Partial<ImageFacts>, string, string]>([
  ['is not built', { published: {}, built: {} }, 'fail', 'genimage compute'],
  ['is not published', { published: {} }, 'fail', 'nodeset <nodes> osimage=compute'],
  ['was built since', { built: files(9) }, 'warn', 'nodeset <nodes> osimage=compute'],
  ['has no root here', { hasRoot: false }, 'fail', 'genimage compute'],
  ['has another CA', { ca: 'other' }, 'fail', 'genimage --onlyinitrd compute'],
  ['has no CA', { ca: 'none' }, 'fail', 'genimage --onlyinitrd compute'],
  [
    'is older than the agent',
    { agentChanged: new Date(Date.UTC(2026, 1, 1)) },
    'warn',
    'genimage --onlyinitrd compute',
  ],
  [
    'only root can read',
    { published: { ...files(3), kernel: file('/t/kernel', 3, { closed: '/t' }) } },
    'warn',
    'chmod o+rx /t',
  ],
])('an image that %s', (_, part, level, hint) => {
  const [finding] = judgeImage({ ...good, ...part });
  expect(finding).toMatchObject({ level, hint: expect.stringContaining(hint) });
});

test('a root that another server holds is not missed here', () => {
  expect(judgeImage({ ...good, isHere: false, hasRoot: false })).toMatchObject([{ level: 'ok' }]);
});

const set = { node: 'n1', image: 'compute', state: 'statelite x', different: [] };

test.each([
  ['is as the tables say', {}, 'ok'],
  ['differs', { different: ['xcat/xnba/nodes/n1'] }, 'warn'],
  ['lets the node boot from its disk', { state: 'boot', different: ['x'] }, 'note'],
  ['lets it stop in a shell', { state: 'shell', different: ['x'] }, 'note'],
])('a boot file that %s', (_, part, level) => {
  expect(judgeBootFiles([{ ...set, ...part }], false).map((one) => one.level)).toEqual([level]);
});

test('a boot file that is not there is a failure for nodes that were named', () => {
  const facts = [{ ...set, state: undefined, different: ['x'] }];
  const hint = 'nodeset n1 osimage=compute';
  expect(judgeBootFiles(facts, false)).toMatchObject([{ level: 'warn', hint, nodes: ['n1'] }]);
  expect(judgeBootFiles(facts, true)).toMatchObject([{ level: 'fail', hint, nodes: ['n1'] }]);
});
