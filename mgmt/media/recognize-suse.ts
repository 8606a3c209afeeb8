import { archOf, type Marks, type MediumTexts, version } from './distribution.ts';

/** Products as media.1/products and the cpe of `content` name them. */
const products: readonly (readonly [RegExp, string])[] = [
  [/^(?:openSUSE-)?leap$/iu, 'leap'],
  [/^openSUSE$|^cselx$/u, 'suse'],
  [/^SUSE-Linux-Enterprise|^SUSE_SLES|^SLES?(?:[\d_-]|$)|^sles?$|^sle[-_]sdk$/u, 'sles'],
];

/** Products that come with SLES and lie beside its discs. */
const kit = /Software-Development-Kit|(?:^|[-_])SDK/iu;

/**
 * A medium with media.N or `content` (reference 4.1); undefined if it has neither. The version is
 * that of `content`, whose number tells service packs apart, else of products.
 */
export function recognizeSuse(texts: MediumTexts): Marks | undefined {
  const content = texts.get('content');
  const disc = discOf(texts);
  if (disc === undefined && !/^(?:DISTRO|VERSION|PRODUCT)\s/mu.test(content ?? '')) {
    return undefined;
  }
  const media = texts.get(`media.${disc ?? 1}/media`) ?? '';
  const product = productOf(texts.get(`media.${disc ?? 1}/products`) ?? '');
  const sdk = kit.test(product.name) || kit.test(media);
  return {
    family: 'suse',
    name: nameOfContent(content ?? '', product.name) ?? nameOf(product.name, product.version),
    arch: archOfContent(content ?? '') ?? archIn(media),
    disc: disc === undefined ? undefined : (sdk ? 'sdk' : '') + disc,
  };
}

/** The number is in the directory's name: the second disc has media.2 and no media.1. */
function discOf(texts: MediumTexts): string | undefined {
  const numbers = [...texts.keys()].flatMap((path) => {
    const number = /^media\.(?<disc>\d+)\//u.exec(path)?.groups?.['disc'];
    return number === undefined ? [] : [Number(number)];
  });
  return numbers.length === 0 ? undefined : String(Math.min(...numbers));
}

/** `/ openSUSE-Leap 15.6-1`: where it is, what it is, version and release. */
function productOf(text: string): { readonly name: string; readonly version: string } {
  const [, name = '', full = ''] = (text.split('\n')[0] ?? '').trim().split(/\s+/u);
  return { name, version: full.split('-')[0] ?? '' };
}

function nameOfContent(content: string, product: string): string | undefined {
  const distro =
    /^DISTRO\s+cpe:\/o:[^:]*:(?<name>[^:,]+):(?<major>[\d.]+)(?::sp(?<pack>\d+))?/mu.exec(content);
  if (distro?.groups !== undefined) {
    const { name = '', major = '', pack } = distro.groups;
    return nameOf(name, pack === undefined ? major : `${major}.${pack}`);
  }
  const [, found] = new RegExp(`^VERSION\\s+(${version})`, 'mu').exec(content) ?? [];
  return found === undefined ? undefined : nameOf(product, found);
}

/** openSUSE 11.1 is suse11 to xCAT; later releases keep their number. */
function nameOf(product: string, number: string): string | undefined {
  const name = products.find(([pattern]) => pattern.test(product))?.[1];
  if (name === undefined || !new RegExp(`^${version}$`, 'u').test(number)) return undefined;
  if (name === 'suse' && /^11\.1$|^1\.0$/u.test(number)) return 'suse11';
  return name + number;
}

function archOfContent(content: string): string | undefined {
  const [, word] = /^(?:DEFAULTBASE|BASEARCHS)\s+(\S+)/mu.exec(content) ?? [];
  return word === undefined ? undefined : archOf(word);
}

/** `SLE-15-SP5-Full-x86_64-Build57.1-Media1` */
function archIn(media: string): string | undefined {
  return media
    .split(/[\s-]+/u)
    .map(archOf)
    .find((arch) => arch !== undefined);
}
