import { describe, expect, test } from 'vitest';
import {
  checkExtraPlace,
  imageDirectory,
  listPlace,
  renamedFor,
  translated,
} from '../../../../../mgmt/image/port/place.ts';
import { failure } from '../../../../helpers/rows.ts';

const named = { osvers: 'rocky9', osarch: 'x86_64', profile: 'compute' };

describe('places of an imported image', () => {
  test.for([
    ['/install/netboot/x', '/data/netboot/x'],
    ['/install', '/data'],
    ['/installed/x', '/installed/x'],
    ['/opt/xcat/share', '/opt/xcat/share'],
    ['http://mirror/rocky', 'http://mirror/rocky'],
    ['/install/../etc', '/install/../etc'],
  ])('%s of another management node is %s here', ([path, wanted]) => {
    expect(translated(path ?? '', '/install', '/data')).toBe(wanted);
  });

  test.for([
    ['/data/netboot/own/place', '/data/netboot/own/place'],
    ['', '/data/netboot/rocky9/x86_64/compute'],
    ['/etc', '/data/netboot/rocky9/x86_64/compute'],
    ['/data/../etc', '/data/netboot/rocky9/x86_64/compute'],
    ['/data/netboot/other/rootimg/etc', '/data/netboot/rocky9/x86_64/compute'],
    ['/data/netboot/other.generations/3', '/data/netboot/rocky9/x86_64/compute'],
    ['relative', '/data/netboot/rocky9/x86_64/compute'],
  ])('a rootimgdir %j becomes %s', ([written, wanted]) => {
    expect(imageDirectory(written ?? '', named, '/data')).toBe(wanted);
  });

  test.for([
    ['/data/custom/netboot/rh/a.pkglist', '/data/custom/netboot/rh/a.pkglist'],
    ['/opt/xcat/share/xcat/netboot/rh/a.pkglist', '/data/custom/netboot/rh/a.pkglist'],
    ['/data/custom/../../etc/cron.d/a', '/data/custom/netboot/rh/a'],
    ['/etc/cron.d/a', '/data/custom/netboot/rh/a'],
  ])('the list %s becomes %s', ([written, wanted]) => {
    expect(listPlace(written ?? '', 'rh', '/data')).toBe(wanted);
  });

  test('a list is called after another profile as stock xCAT does it', () => {
    expect(renamedFor('/c/compute.rocky9.pkglist', 'compute', 'login')).toBe(
      '/c/login.rocky9.pkglist',
    );
    expect(renamedFor('/c/common.exlist', 'compute', 'login')).toBe('/c/login.common.exlist');
    expect(renamedFor('/c/compute.exlist', 'compute', '$&')).toBe('/c/$&.exlist');
  });

  test('an extra file goes below installdir, or where the operator allows it', () => {
    const places = { installdir: '/data', extraBelow: ['/usr/local'] };
    expect(() => checkExtraPlace('a', '/data/postscripts/a', places)).not.toThrow();
    expect(() => checkExtraPlace('a', '/usr/local/bin/a', places)).not.toThrow();
    for (const place of ['/etc/cron.d/a', '/data/../etc/a', 'a', '/data/x/rootimg/etc/a']) {
      const refused = failure('ERR_STATELITE_IMAGE', JSON.stringify(place), '/data or /usr/local');
      expect(() => checkExtraPlace('a', place, places)).toThrow(refused);
    }
  });
});
