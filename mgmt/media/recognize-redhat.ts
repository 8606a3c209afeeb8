import { nameOfDisc } from './disc-ids.ts';
import { archOf, type Marks, type MediumTexts, version } from './distribution.ts';

/** Descriptions in .discinfo that name the system; the group is its version. */
const descriptions: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^CentOS Linux (${version})`, 'u'), 'centos'],
  [new RegExp(`^CentOS Stream (${version})`, 'u'), 'centos-stream'],
  [new RegExp(`^Rocky Linux (${version})`, 'u'), 'rocky'],
  [new RegExp(`^AlmaLinux (${version})`, 'u'), 'alma'],
  [new RegExp(`^Oracle\\D*(${version})`, 'u'), 'ol'],
  [new RegExp(`^Fedora[ -](${version})`, 'u'), 'fedora'],
  [new RegExp(`^IBM_PowerKVM(?:\\D*(${version}))?`, 'u'), 'pkvm'],
];

/** What .treeinfo calls a family, where .discinfo has a bare number or nothing. */
const families: readonly (readonly [RegExp, string])[] = [
  [/^CentOS Stream/u, 'centos-stream'],
  [/^CentOS/u, 'centos'],
  [/^Rocky/u, 'rocky'],
  [/^Alma/u, 'alma'],
  [/^Red Hat Enterprise Linux/u, 'rhels'],
  [/^Oracle/u, 'ol'],
  [/^Fedora/u, 'fedora'],
  [/^Scientific Linux/u, 'SL'],
];

interface TreeInfo {
  readonly family: string;
  readonly version: string;
  readonly arch: string;
  readonly variant: string;
}

/**
 * A medium with .discinfo (reference 4.1), or a tree with a .treeinfo of a family that is known;
 * undefined if it has neither. Others have a .treeinfo too.
 */
export function recognizeRedhat(texts: MediumTexts): Marks | undefined {
  const discinfo = texts.get('.discinfo');
  const tree = parseTreeinfo(texts.get('.treeinfo') ?? '');
  const lines = (discinfo ?? '').split('\n').map((line) => line.trim());
  const [id = '', description = '', arch = '', disc = ''] = lines;
  const name = nameOfDisc(id) ?? nameOf(description, tree) ?? nameOfTree(description, tree);
  if (discinfo === undefined && name === undefined) return undefined;
  return {
    family: 'redhat',
    name,
    arch: archOf(arch) ?? archOf(tree.arch),
    disc: /^[\w,]+$/u.test(disc) ? disc : undefined,
  };
}

function nameOf(description: string, { variant }: TreeInfo): string | undefined {
  if (description.startsWith('Red Hat Enterprise Linux')) return redHatName(description, variant);
  for (const [pattern, name] of descriptions) {
    const found = pattern.exec(description);
    if (found !== null) return name + (found[1] ?? '');
  }
  return undefined;
}

/**
 * A sixth word tells editions apart. The server is what the s of rhels stands for; the one for other
 * processors is the plain one under another kernel.
 */
function redHatName(description: string, variant: string): string | undefined {
  const words = description.split(/\s+/u);
  const last = new RegExp(`^${version}`, 'u').exec(words.at(-1) ?? '')?.[0];
  if (last === undefined) return undefined;
  const edition = words.length > 5 ? (words[4] ?? '').toLowerCase() : '';
  const isPlain = !/^[a-z]\w*$/u.test(edition) || /^(?:server|alternate)$/u.test(edition);
  return `${variant === 'ComputeNode' ? 'rhelhpc' : 'rhels'}${last}${isPlain ? '' : `-${edition}`}`;
}

/** The number is that of the description, which may say more of it than .treeinfo. */
function nameOfTree(description: string, tree: TreeInfo): string | undefined {
  const name = families.find(([pattern]) => pattern.test(tree.family))?.[1];
  const whole = new RegExp(`^${version}$`, 'u');
  const number = [description, tree.version].find((text) => whole.test(text));
  if (name === undefined || number === undefined) return undefined;
  return (name === 'rhels' && tree.variant === 'ComputeNode' ? 'rhelhpc' : name) + number;
}

/** Old files have only [general]; some new ones have only [release] and [tree]. */
function parseTreeinfo(text: string): TreeInfo {
  const values = new Map<string, string>();
  let section = '';
  for (const line of text.split('\n')) {
    section = /^\s*\[(?<name>[^\]]+)\]/u.exec(line)?.groups?.['name'] ?? section;
    const [key, ...value] = line.split('=');
    if (value.length > 0) values.set(`${section}.${key?.trim()}`, value.join('=').trim());
  }
  const first = (...keys: string[]) => keys.map((key) => values.get(key)).find(Boolean) ?? '';
  return {
    family: first('general.family', 'release.name'),
    version: first('general.version', 'release.version'),
    arch: first('general.arch', 'tree.arch'),
    variant: first('general.variant'),
  };
}
