import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { members, type Part, text, unfit } from './decode.ts';

const verbs = ['write', 'unlink', 'rmdir', 'rename', 'mkdir', 'chmod'] as const;

/** Something a node does through its own paths. */
export interface NodeWrite {
  readonly verb: (typeof verbs)[number];
  readonly path: string;
  /** The new name of a renamed object. */
  readonly to: string;
  readonly content: string;
  readonly append: boolean;
  readonly mode: number | null;
}

/** What came of it: `{"write": path, "ok": true}`, or `ok` false and the error's name. */
export type Written = Readonly<Record<string, string | boolean>>;

/**
 * Reads `{"path", "content", "append"}`, or another verb as `{"unlink": path}`, `{"path", "unlink": true}`,
 * `{"path", "op": "unlink"}`; `{"rename": [from, to]}` or `{"rename": from, "to"}`; `{"chmod": path, "mode"}`.
 */
export function nodeWrite(part: Part): NodeWrite {
  const fields = members(part);
  const say = (key: string): string => {
    const { value } = fields.get(key) ?? {};
    return typeof value === 'string' ? value : '';
  };
  const verb = verbs.find((one) => fields.has(one) || say('op') === one) ?? 'write';
  const own = fields.get(verb)?.value;
  const [from, next] = Array.isArray(own) ? own.map(String) : [];
  const parameter = typeof own === 'string' ? own : '';
  const path = from ?? (say('path') || parameter);
  if (path === '') throw unfit(part.where, 'names no path');
  const spare = say('path') === '' ? '' : parameter;
  const mode = fields.get('mode');
  const digits = mode === undefined ? (verb === 'chmod' ? spare : '') : text(mode);
  return {
    verb,
    path,
    to: next ?? (say('to') || say('target') || spare),
    content: say('content') || (verb === 'write' ? spare : ''),
    append: fields.get('append')?.value === true,
    mode: digits === '' ? null : Number.parseInt(digits, 8),
  };
}

/** Does it; to be called where `/` is the root of the node. */
export function performWrite(write: NodeWrite): Written {
  const { verb, path } = write;
  try {
    perform(write);
    return { [verb]: path, ok: true };
  } catch (error) {
    const isOfSystem = error instanceof Error && 'code' in error;
    if (!isOfSystem) throw error;
    return { [verb]: path, ok: false, error: String(error.code) };
  }
}

function perform({ verb, path, to, content, append, mode }: NodeWrite): void {
  switch (verb) {
    case 'write':
      return append ? appendFileSync(path, content) : writeFileSync(path, content);
    case 'unlink':
      return unlinkSync(path);
    case 'rmdir':
      return rmdirSync(path);
    case 'rename':
      return renameSync(path, to);
    case 'mkdir':
      mkdirSync(path, mode === null ? {} : { mode });
      return;
    case 'chmod':
      return chmodSync(path, mode ?? 0);
  }
}
