/** A place a copy comes from: `path` is resolved inside `root`, both as seen from the new root. */
export interface From {
  readonly root: string;
  readonly path: string;
}

export type KeptStore = 'persistent' | 'localdisk';

/** One change under the new root, as data: plan.ts decides it, apply.ts performs it. */
export type Step = Change & {
  /** The decision behind it: which row, which source, which places were searched (semantics 5.8). */
  readonly why?: string;
};

export type Change =
  /** One file; in a kept store beside and renamed. */
  | { kind: 'copy'; from: From; to: string }
  /** Every source's bytes in order, 0644 root:root (semantics 2.3). */
  | { kind: 'concatenate'; from: readonly From[]; to: string }
  /** A directory from all sources, the first winning each name (semantics 2.3–2.6). */
  | {
      kind: 'merge';
      from: readonly From[];
      to: string;
      /** The canonical path that `to` is a copy of; `leaveOut` and `bare` count from the same root. */
      path: string;
      /** Listed paths below, which are filled from their own sources. */
      leaveOut: readonly string[];
      /** Directories that liteimg made: they lend no metadata. */
      bare: readonly string[];
      /** A directory that is there already gets only the names it lacks (semantics 3.1). */
      only: 'everything' | 'missing names';
    }
  | { kind: 'symlink'; path: string; target: string }
  | { kind: 'mount-point'; path: string; type: 'file' | 'dir' }
  | { kind: 'remove-mount-point'; path: string; type: 'file' | 'dir' }
  | { kind: 'bind'; source: string; target: string; readonly: boolean }
  /** Replaces a kept store's list by rename: .statelite.filled or .statelite.made (semantics 3.1). */
  | { kind: 'record'; store: KeptStore; list: 'filled' | 'made'; lines: readonly string[] };

/** The words the log shows for a step, and the error if it fails. */
export function describe(step: Change): string {
  switch (step.kind) {
    case 'copy':
      return `copy ${place(step.from)} to ${step.to}`;
    case 'concatenate':
      return `concatenate ${step.from.map(place).join(', ')} into ${step.to}`;
    case 'merge':
      return `${step.only === 'everything' ? 'fill' : 'complete'} ${step.to}/ from ${step.from.map(place).join(', ')}`;
    case 'symlink':
      return `link ${step.path} to ${step.target}`;
    case 'mount-point':
      return `make the mount point ${step.path}${step.type === 'dir' ? '/' : ''}`;
    case 'remove-mount-point':
      return `remove the unused mount point ${step.path}`;
    case 'bind':
      return `bind ${step.source} on ${step.target}${step.readonly ? ' read-only' : ''}`;
    case 'record':
      return `record ${step.lines.length} ${step.list} paths of the ${step.store} store`;
  }
}

function place({ root, path }: From): string {
  return root === '/' ? path : `${root}${path}`;
}
