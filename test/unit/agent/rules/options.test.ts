import { describe, expect, test } from 'vitest';
import { isConcatenated, isLink, parseOptions, storeOf } from '../../../../agent/rules/options.ts';
import { failure } from '../../../helpers/rows.ts';

describe('1.4 options', () => {
  test.for([
    ['', 'link'],
    ['   ', 'link'],
    ['link', 'link'],
    ['tmpfs,rw', 'link'],
    ['rw,tmpfs', 'link'],
    ['tmpfs', 'tmpfs'],
    ['rw', 'tmpfs'],
    ['tempfs', 'tmpfs'],
    ['bind', 'tmpfs'],
    ['persistent', 'persistent'],
    ['link,persistent', 'link,persistent'],
    ['persistent,link', 'link,persistent'],
    [' persistent , link ', 'link,persistent'],
    ['localdisk', 'localdisk'],
    ['ro', 'ro'],
    ['link,ro', 'link,ro'],
    ['ro,link', 'link,ro'],
    ['con', 'con'],
    ['link,con', 'link,con'],
    ['con,link', 'link,con'],
  ] as const)('"%s" means %s', ([written, option]) => {
    expect(parseOptions('/x', written)).toBe(option);
  });

  test.for([
    'persistant',
    'Tmpfs',
    'rw,persistent',
    'tmpfs,link',
    'link,localdisk',
    'link,link',
    'link,',
    ',',
    'link persistent',
    'ro,con',
    'constructor',
    '__proto__',
  ])('"%s" is refused with the list of valid options', (written) => {
    expect(() => parseOptions('/etc/motd', written)).toThrow(
      failure('ERR_STATELITE_ROW', '"/etc/motd"', JSON.stringify(written)),
    );
    expect(() => parseOptions('/etc/motd', written)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('link,persistent') }),
    );
  });

  test.for([
    ['tmpfs', 'tmpfs', false, false],
    ['link', 'tmpfs', true, false],
    ['con', 'tmpfs', false, true],
    ['link,con', 'tmpfs', true, true],
    ['persistent', 'persistent', false, false],
    ['link,persistent', 'persistent', true, false],
    ['localdisk', 'localdisk', false, false],
    ['ro', 'none', false, false],
    ['link,ro', 'none', true, false],
  ] as const)('%s is kept in %s, by a link: %s, joined: %s', ([option, store, link, joined]) => {
    expect(storeOf(option)).toBe(store);
    expect(isLink(option)).toBe(link);
    expect(isConcatenated(option)).toBe(joined);
  });
});
