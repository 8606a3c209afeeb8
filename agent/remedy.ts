import { hasCode } from './errors.ts';
import type { Change } from './plan/step.ts';
import { layout } from './rules/layout.ts';
import { isWithin } from './rules/path.ts';

/** What an operator can do about a failed step, by errno and by the store it wrote to (semantics 5.6). */
export function remedy(error: unknown, step: Change): string {
  const store = storeOf(step);
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) {
    return store === 'memory'
      ? 'the tmpfs is full: give the node more memory, or list less'
      : `the ${store} store is full: make room there`;
  }
  if (hasCode(error, 'EROFS')) return `the ${store} store is read-only: export it read-write`;
  if (hasCode(error, 'EACCES', 'EPERM')) {
    return `the ${store} store refuses root: NFS exports need no_root_squash`;
  }
  if (hasCode(error, 'ESTALE')) return 'the server replaced its export: boot the node again';
  if (hasCode(error, 'EIO', 'ETIMEDOUT')) return 'is the NFS server up and reachable?';
  return 'look at the steps before it in /.statelite/statelite.log';
}

function storeOf(step: Change): string {
  const path =
    'to' in step ? step.to : 'path' in step ? step.path : 'target' in step ? step.target : '';
  if (step.kind === 'record') return step.store;
  if (isWithin(path, layout.persistent)) return 'persistent';
  return isWithin(path, layout.localdisk) ? 'localdisk' : 'memory';
}
