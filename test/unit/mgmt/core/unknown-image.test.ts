import { describe, expect, test } from 'vitest';
import { imageHint, meantImage, unknownImage } from '../../../../mgmt/core/unknown-image.ts';

const compute = 'debian12-x86_64-statelite-compute';
const login = 'debian12-x86_64-statelite-login';

describe('the image that is meant', () => {
  test.for<[string, string]>([
    ['debian12-x86_64-statelite-compote', compute],
    ['compute', compute],
    ['statelite-compute', compute],
    ['debian12-x86_64-compute', compute],
    ['debain12-x86_64-statelite-compute', compute],
    ['login', login],
  ])('by %s is the one like it', ([name, image]) => {
    expect(meantImage(name, [compute, login])).toBe(image);
  });

  test('is not one of another profile, however much of the names is the same', () => {
    expect(meantImage('debian12-x86_64-statelite-gpu', [compute, login])).toBeUndefined();
  });

  test('is none if nothing is like it, or several are', () => {
    expect(meantImage('rescue', [compute, login])).toBeUndefined();
    expect(meantImage('compute', [compute, 'rocky9.4-x86_64-statelite-compute'])).toBeUndefined();
  });
});

describe('what to do about an unknown image', () => {
  test('is to make it, if genimage makes one of that very name', () => {
    expect(imageHint('rocky9.4-x86_64-statelite-gpu', [compute])).toBe(
      'make it: genimage -o rocky9.4 -a x86_64 -p gpu',
    );
  });

  test('is to look twice, or to make it, if another is like it', () => {
    expect(imageHint('debian11-x86_64-statelite-compute', [compute])).toBe(
      `did you mean ${compute}? If not, genimage -o debian11 -a x86_64 -p compute makes it`,
    );
  });

  test.for(['foo', 'rescue', 'rocky9.4-x86_64-netboot-gpu', '-statelite-', 'a-statelite-b'])(
    'is to look at the list for %s, which genimage would not make',
    (name) => {
      expect(imageHint(name, [compute])).toBe('lsdef -t osimage lists them');
    },
  );

  test('is to make the first one where there is none yet', () => {
    expect(imageHint('compute', [])).toContain('genimage -o OS -p PROFILE');
  });

  test.for(['', '  '])('with the blank name %j says that it is blank', (name) => {
    expect(unknownImage(name, [compute])).toMatchObject({
      code: 'ERR_STATELITE_USAGE',
      message: 'the name of the osimage is blank',
    });
  });
});
