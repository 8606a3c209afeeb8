import { StateliteError } from '../../agent/errors.ts';

/** Something an administrator should know before a boot. */
export interface Finding {
  /** An error keeps nodes from booting, or from what the table promises; a warning is a doubt. */
  readonly level: 'error' | 'warning';
  readonly image?: string;
  /** The nodes it concerns; absent where it concerns all of the image, or none. */
  readonly nodes?: readonly string[];
  readonly message: string;
  readonly hint?: string;
}

/** What a failure says, as a finding. Anything but a StateliteError is thrown again. */
export function findingOf(error: unknown, about: Pick<Finding, 'image' | 'nodes'>): Finding {
  if (!(error instanceof StateliteError)) throw error;
  const { message, hint } = error;
  return { level: 'error', ...about, message, ...(hint === undefined ? {} : { hint }) };
}

/** Equal findings of several nodes as one, in the order of the first. */
export function merged(findings: readonly Finding[]): Finding[] {
  const alike = Map.groupBy(findings, ({ level, image, message, hint }) =>
    JSON.stringify([level, image, message, hint]),
  );
  return [...alike.values()].flatMap((all) => {
    const [first] = all;
    const nodes = [...new Set(all.flatMap((one) => one.nodes ?? []))];
    if (first === undefined) return [];
    return [nodes.length === 0 ? first : { ...first, nodes }];
  });
}
