import { expect, test } from 'vitest';
import { parseRepolist } from '../../../../../mgmt/image/genimage/repolist.ts';

test('a list of repositories is read, names in the next line too', () => {
  const text = `# own
plaindir|file:///install/post/otherpkgs/rhel5.3/x86_64|
otherpkgs
    rpm-md|http://mirror.example.com/yum/xcat-dep|
xcat-dep

yast2|https://mirror.example.com/core|core snap
`;
  expect(parseRepolist(text, 'f')).toEqual([
    {
      id: 'repolist1',
      url: 'file:///install/post/otherpkgs/rhel5.3/x86_64',
      type: 'plaindir',
      isLocal: true,
    },
    {
      id: 'repolist2',
      url: 'http://mirror.example.com/yum/xcat-dep',
      type: 'rpm-md',
      isLocal: false,
    },
    {
      id: 'repolist3-coresnap',
      url: 'https://mirror.example.com/core',
      type: 'yast2',
      isLocal: false,
    },
  ]);
});

test.for([
  ['rpm-md', /the type|no URL/],
  ['deb|http://x.example.com|x', /list:1: the type "deb" is unknown/],
  ['rpm-md|/srv/rpms|x', /list:1: "\/srv\/rpms" is no URL/],
  ['rpm-md|http://x.example.com|x|y', /is not Type\|URL\|name/],
  ['rpm-md|http://x.example.com/ [evil]|x', /is no URL/],
] as const)('%s is refused', ([line, message]) => {
  expect(() => parseRepolist(line, 'list')).toThrow(message);
});
