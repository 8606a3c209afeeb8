/** What is said of one thing that was looked at. */
export interface Finding {
  /** `fail` keeps nodes from booting, `warn` is a doubt, `note` is what could not be seen from here. */
  readonly level: 'ok' | 'note' | 'warn' | 'fail';
  readonly message: string;
  /** What to do about it: a command wherever one does it. */
  readonly hint?: string;
  /** The nodes it is about; absent where it is about this machine. */
  readonly nodes?: readonly string[];
}

export function ok(message: string): Finding {
  return { level: 'ok', message };
}

export function note(message: string, hint?: string): Finding {
  return { level: 'note', message, ...(hint !== undefined && { hint }) };
}

export function warn(message: string, hint: string, nodes?: readonly string[]): Finding {
  return { level: 'warn', message, hint, ...(nodes !== undefined && { nodes }) };
}

export function fail(message: string, hint: string, nodes?: readonly string[]): Finding {
  return { level: 'fail', message, hint, ...(nodes !== undefined && { nodes }) };
}

/** `1 node`, `2 nodes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** One finding for all nodes of which the same is said, with the hint for the first. */
export function merged(findings: readonly Finding[]): Finding[] {
  const alike = Map.groupBy(findings, ({ level, message, nodes }, index) =>
    nodes === undefined ? index : JSON.stringify([level, message]),
  );
  return [...alike.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    if (first.nodes === undefined || others.length === 0) return [first];
    const nodes = [first, ...others].flatMap((one) => one.nodes ?? []);
    const differs = others.some(({ hint }) => hint !== first.hint);
    const hint = differs ? { hint: `${first.hint}; likewise for the others` } : {};
    return [{ ...first, ...hint, nodes: [...new Set(nodes)] }];
  });
}
