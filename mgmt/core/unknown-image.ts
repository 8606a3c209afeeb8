import { StateliteError } from '../../agent/errors.ts';
import { nearest } from './nearest.ts';

const listed = 'lsdef -t osimage lists them';

/** Why a name is no osimage's: ERR_STATELITE_NOT_FOUND, and for a blank one ERR_STATELITE_USAGE. */
export function unknownImage(name: string, images: readonly string[]): StateliteError {
  if (name.trim() === '') {
    return new StateliteError('ERR_STATELITE_USAGE', 'the name of the osimage is blank', {
      hint: listed,
    });
  }
  return new StateliteError('ERR_STATELITE_NOT_FOUND', `there is no osimage ${name}`, {
    hint: imageHint(name, images),
  });
}

/** The image that may be meant, and the command that makes one of that very name, if there is one. */
export function imageHint(name: string, images: readonly string[]): string {
  const meant = meantImage(name, images);
  const make = makingOf(name);
  if (meant !== undefined) {
    return `did you mean ${meant}?${make === undefined ? '' : ` If not, ${make} makes it`}`;
  }
  if (make !== undefined) return `make it: ${make}`;
  return images.length === 0 ? 'there is none yet: genimage -o OS -p PROFILE makes one' : listed;
}

/**
 * The one image of which `name` is a misspelling, the profile alone, or `<os>-<arch>-<profile>`
 * without the kind between them.
 */
export function meantImage(name: string, images: readonly string[]): string | undefined {
  const [only, ...others] = images.filter(
    (image) =>
      image.endsWith(`-${name}`) || image.replace(/-(?:statelite|netboot)-/u, '-') === name,
  );
  if (only !== undefined && others.length === 0) return only;
  return nearest(
    name,
    images.filter((image) => isAlike(name, image)),
  );
}

/** Names are long and mostly alike: what differs is compared, word by word from both ends. */
function isAlike(name: string, image: string): boolean {
  const [given, known] = [name.split('-'), image.split('-')];
  while (given.length > 1 && known.length > 1 && given[0] === known[0]) {
    given.shift();
    known.shift();
  }
  while (given.length > 1 && known.length > 1 && given.at(-1) === known.at(-1)) {
    given.pop();
    known.pop();
  }
  return nearest(given.join('-'), [known.join('-')]) !== undefined;
}

/** The genimage that makes an image of this name, if one does. */
function makingOf(name: string): string | undefined {
  const parts = /^(?<os>[a-z]+[\d.]+)-(?<arch>[a-z\d_]+)-statelite-(?<profile>[\w.+-]+)$/u.exec(
    name,
  )?.groups;
  if (parts === undefined) return undefined;
  return `genimage -o ${parts['os']} -a ${parts['arch']} -p ${parts['profile']}`;
}
