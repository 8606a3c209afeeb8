import { expect, test } from 'vitest';
import { environmentFor, placesBelow } from '../../../vm/management.ts';

test('everything of a lab’s management node lies below one directory', () => {
  expect(environmentFor(placesBelow('/lab'))).toEqual({
    STATELITE_ETC: '/lab/etc',
    STATELITE_STATE: '/lab/state',
    STATELITE_INSTALLDIR: '/lab/install',
    STATELITE_TFTPDIR: '/lab/tftpboot',
  });
});
