import { describe, expect, test } from 'vitest';
import {
  definitionOf,
  isDefined,
  namesOf,
  withDefaultScripts,
} from '../../../../../mgmt/core/objects/definition.ts';
import { type TypeName, objectTypes } from '../../../../../mgmt/core/objects/types.ts';
import { withImageAttributes } from '../../../../../mgmt/core/objects/with-image.ts';
import type { Given } from '../../../../helpers/cluster.ts';
import { objectsOf } from './objects.ts';

const given: Given = {
  nodelist: [
    { node: 'n2', groups: 'all' },
    { node: 'n1', groups: 'compute,all' },
  ],
  nodegroup: [
    { groupname: 'spare', grouptype: 'static', members: 'static' },
    { groupname: 'x86', grouptype: 'dynamic', wherevals: 'arch==x86_64' },
  ],
  nodetype: [
    { node: 'n1', provmethod: 'img' },
    { node: 'compute', os: 'debian12', arch: 'x86_64' },
    { node: 'all', os: 'sles15' },
  ],
  hosts: [{ node: 'compute', ip: '|10.0.0.($1+10)|' }],
  nodehm: [
    { node: 'n1', mgt: '|^.*$||' },
    { node: 'all', mgt: 'ipmi' },
  ],
  postscripts: [
    { node: 'xcatdefaults', postscripts: 'syslog,remoteshell' },
    { node: 'n1', postscripts: 'own' },
  ],
  osimage: [
    { imagename: 'img', provmethod: 'statelite', osname: 'Linux' },
    { imagename: 'off', disable: 'yes' },
  ],
  linuximage: [{ imagename: 'img', rootimgdir: '/r' }],
  litefile: [{ image: 'ALL', file: '/etc/motd', options: 'ro', disable: '1' }],
  site: [
    { key: 'master', value: '10.0.0.1' },
    { key: 'off', value: 'x', disable: '1' },
  ],
};
const objects = objectsOf(given);

const shown = (type: TypeName, name: string) => {
  const { attributes } = definitionOf(objectTypes[type], name, objects);
  return [...attributes].map(([attribute, { value, from }]) => `${attribute}=${value} (${from})`);
};

test('a node has its own values, then those of its groups in their order', () => {
  expect(shown('node', 'n1')).toEqual([
    'arch=x86_64 (group compute)',
    'groups=compute,all (node)',
    'ip=10.0.0.11 (group compute, regex)',
    'os=debian12 (group compute)',
    'postscripts=own (node)',
    'provmethod=img (node)',
  ]);
});

test('a group has what its rows say, as it is written, and its members', () => {
  expect(shown('group', 'compute')).toEqual([
    'arch=x86_64 (nodetype)',
    'grouptype=static (default)',
    'ip=|10.0.0.($1+10)| (hosts)',
    'members=n1 (nodelist)',
    'os=debian12 (nodetype)',
  ]);
  expect(shown('group', 'spare')).toEqual(['grouptype=static (nodegroup)', 'members= (nodelist)']);
});

test('the members of a dynamic group are those its conditions select', () => {
  expect(shown('group', 'x86')).toContain('members=n1 (nodelist)');
});

test('an image has the columns of both tables and is a linux one unless it says otherwise', () => {
  expect(shown('osimage', 'img')).toEqual([
    'imagetype=linux (default)',
    'osname=Linux (osimage)',
    'provmethod=statelite (osimage)',
    'rootimgdir=/r (linuximage)',
  ]);
});

test('the site is one object with its keys as attributes', () => {
  expect(shown('site', 'clustersite')).toEqual(['master=10.0.0.1 (site)']);
});

test('rows out of use are no objects, but for those of the statelite tables', () => {
  expect(namesOf(objectTypes.osimage, objects)).toEqual(['img']);
  expect(isDefined(objectTypes.osimage, 'off', objects)).toBe(true); // the name is taken
  expect(shown('osimage', 'off')).toEqual([]);
  expect(shown('litefile', 'ALL:/etc/motd')).toEqual([
    'disable=1 (litefile)',
    'options=ro (litefile)',
  ]);
});

describe('besides its own, a node is shown with', () => {
  const node = definitionOf(objectTypes.node, 'n1', objects);

  test('the scripts that every node runs first', () => {
    const { attributes } = withDefaultScripts(node, objects);
    expect(attributes.get('postscripts')).toMatchObject({
      value: 'syslog,remoteshell,own',
      from: 'xcatdefaults, node',
    });
  });

  test('the attributes of its image, where it has none of that name', () => {
    const { attributes } = withImageAttributes(node, objects);
    expect(attributes.get('rootimgdir')).toMatchObject({ value: '/r', from: 'osimage img' });
    expect(attributes.get('provmethod')?.value).toBe('img');
  });
});
