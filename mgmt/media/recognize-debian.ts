import { archOf, type Marks, type MediumTexts, version } from './distribution.ts';

/** How .disk/info begins; the group is the release. */
const infos: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^Debian GNU/Linux (${version})`, 'u'), 'debian'],
  [new RegExp(`^Ubuntu(?:-Server)? (${version})`, 'u'), 'ubuntu'],
];

/** A medium with .disk/info or README.diskdefines (reference 4.1); undefined if it has neither. */
export function recognizeDebian(texts: MediumTexts): Marks | undefined {
  const defines = texts.get('README.diskdefines') ?? '';
  const define = (name: string) =>
    new RegExp(`^#define\\s+${name}\\s+(?<value>.*?)\\s*$`, 'mu').exec(defines)?.groups?.['value'];
  const info = (texts.get('.disk/info') ?? define('DISKNAME'))?.trim();
  if (info === undefined) return undefined;
  return {
    family: 'debian',
    name: nameOf(info),
    arch: archIn(info) ?? archOf(define('ARCH') ?? ''),
    disc: discIn(info) ?? /^\d+$/u.exec(define('DISKNUM') ?? '')?.[0],
  };
}

function nameOf(info: string): string | undefined {
  for (const [pattern, name] of infos) {
    const release = pattern.exec(info)?.[1];
    if (release !== undefined) return name + release;
  }
  return undefined;
}

/** `… - Official amd64 DVD Binary-1`, `… - Release amd64 (20240216)`; none for a medium of several. */
function archIn(info: string): string | undefined {
  const archs = info.split(/[\s/]+/u).flatMap((word) => archOf(word) ?? []);
  return archs.length === 1 ? archs[0] : undefined;
}

function discIn(info: string): string | undefined {
  return /\bBinary-(?<disc>\d+)/u.exec(info)?.groups?.['disc'];
}
