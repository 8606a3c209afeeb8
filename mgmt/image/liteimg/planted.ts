import { layout } from '../../../agent/rules/layout.ts';
import { components } from '../../../agent/rules/path.ts';

/** The target of the symlink that stands at `path` in the image: relative, through /.statelite/tmpfs (semantics 4.1). */
export function plantedTarget(path: string): string {
  const up =
    components(path)
      .slice(1)
      .map(() => '..')
      .join('/') || '.';
  return `${up}${layout.tmpfs}${path}`;
}

/** The target of the link in the image's own /.statelite/tmpfs: the original, so that an unbooted image reads right. */
export function throughTarget(path: string): string {
  const depth = components(layout.tmpfs).length + components(path).length - 1;
  return `${Array.from({ length: depth }, () => '..').join('/')}${layout.pristine}${path}`;
}
