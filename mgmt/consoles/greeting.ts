/**
 * What is said on the console server's socket before it carries the console's own bytes: one line of
 * JSON each way.
 */
export interface Hello {
  readonly node: string;
  /** `force` takes the place of whoever writes; `spy` reads only. */
  readonly mode: AttachMode;
}

export type AttachMode = 'write' | 'force' | 'spy';

export type Welcome =
  | { readonly attached: 'write' | 'spy' }
  | { readonly error: string; readonly hint: string | undefined };

/** A line that is longer is none. */
export const longestGreeting = 4096;

/** Undefined for what is no greeting. */
export function parseHello(line: string): Hello | undefined {
  const said = parse(line);
  const { node, mode } = said ?? {};
  if (typeof node !== 'string') return undefined;
  return mode === 'write' || mode === 'force' || mode === 'spy' ? { node, mode } : undefined;
}

/** Undefined for what is no answer to a greeting. */
export function parseWelcome(line: string): Welcome | undefined {
  const { attached, error, hint } = parse(line) ?? {};
  if (attached === 'write' || attached === 'spy') return { attached };
  if (typeof error !== 'string') return undefined;
  return { error, hint: typeof hint === 'string' ? hint : undefined };
}

function parse(line: string): Partial<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
