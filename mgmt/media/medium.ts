import type { MediumTexts } from './distribution.ts';
import type { Member } from './member.ts';

/** Told of every object that was copied, by its path. */
export interface CopyTools {
  readonly signal: AbortSignal;
  readonly onName: (path: string) => void;
}

/** An ISO file or device, or the tree of one: what it holds, checked, and how to copy that. */
export interface Medium {
  /** Absolute. */
  readonly path: string;
  readonly kind: 'iso' | 'tree';
  readonly members: readonly Member[];
  /** Of the files that tell what it is. */
  readonly texts: MediumTexts;
  /** Copies everything into an empty directory. */
  copyTo(directory: string, tools: CopyTools): Promise<void>;
}
