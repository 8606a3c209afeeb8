import { StateliteError } from '../../../agent/errors.ts';
import { type ObjectType, siteName } from './types.ts';

type Text = Readonly<Record<string, string>>;

/**
 * The names in a comma list. Of litefile, a comma only separates if another `IMAGE:/` follows:
 * paths may hold commas, and end with blanks.
 */
export function splitNames({ name: type }: ObjectType, text: string): string[] {
  const names =
    type === 'litefile'
      ? text.split(/,(?=[^,/]*:\/)/u).map((name) => name.trimStart())
      : text.split(',').map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))];
}

/**
 * The columns that find the row of a name. Throws ERR_STATELITE_USAGE for what cannot be the name
 * of such an object.
 */
export function whereOf({ name: type }: ObjectType, name: string): Text {
  switch (type) {
    case 'node':
    case 'statelite':
      return { node: plain(type, name) };
    case 'group':
      return { groupname: plain(type, name) };
    case 'osimage':
      return { imagename: plain(type, name) };
    case 'network':
      return { netname: plain(type, name) };
    case 'policy':
      return { priority: plain(type, name) };
    case 'litefile': {
      const colon = name.indexOf(':');
      if (colon === -1) refuse(type, name, 'write IMAGE:FILE, e.g. ALL:/etc/motd');
      return { image: name.slice(0, colon), file: name.slice(colon + 1) };
    }
    case 'litetree': {
      const [priority = '', ...image] = name.split(':');
      return { priority, image: image.join(':') };
    }
    case 'site':
      if (name !== siteName) refuse(type, name, `the only one is ${siteName}`);
      return {};
  }
}

/** The name of the object that a row of the type's table is. */
export function nameOf(
  { name: type }: ObjectType,
  row: Readonly<Record<string, string | null>>,
): string {
  const text = (column: string) => row[column] ?? '';
  switch (type) {
    case 'node':
    case 'statelite':
      return text('node');
    case 'group':
      return text('groupname');
    case 'osimage':
      return text('imagename');
    case 'network':
      return text('netname');
    case 'policy':
      return text('priority');
    case 'litefile':
      return `${text('image')}:${text('file')}`;
    case 'litetree':
      return text('image') === '' ? text('priority') : `${text('priority')}:${text('image')}`;
    case 'site':
      return siteName;
  }
}

/** Names stand in lists and ranges, and of nodes and images also in paths. */
function plain(type: string, name: string): string {
  if (/^[a-z0-9][\w.+-]*$/iu.test(name) && name.length < 256) return name;
  return refuse(type, name, 'begin with a letter or digit, go on with these and - . _ +');
}

function refuse(type: string, name: string, hint: string): never {
  const message = `${JSON.stringify(name)} cannot be the name of an object of type '${type}'`;
  throw new StateliteError('ERR_STATELITE_USAGE', message, { hint });
}
