import type { Exported } from './exports-file.ts';

/** A block of ganesha-config(8): its settings in lower case, and the blocks in it. */
interface Block {
  readonly name: string;
  readonly values: Map<string, string>;
  readonly blocks: Block[];
}

/** The exports of nfs-ganesha's configuration; `%include` is not followed. */
export function parseGanesha(text: string): Exported[] {
  const { blocks } = parseBlocks(text);
  const defaults = blocks.find(({ name }) => name === 'export_defaults');
  return blocks
    .filter(({ name }) => name === 'export')
    .flatMap((block) => exported(block, defaults));
}

/**
 * Whether the server remembers names of directories: unless Dir_Chunk is 0 in MDCACHE, which older
 * ones call CACHEINODE.
 */
export function remembersNames(text: string): boolean {
  return !parseBlocks(text).blocks.some(
    ({ name, values }) =>
      (name === 'mdcache' || name === 'cacheinode') && /^0+$/u.test(values.get('dir_chunk') ?? ''),
  );
}

/** Whether parts of the configuration are in other files. */
export function hasIncludes(text: string): boolean {
  return /^\s*%(?:include|url|dir)/mu.test(text);
}

function exported(block: Block, defaults: Block | undefined): Exported[] {
  const path = block.values.get('pseudo') ?? block.values.get('path');
  if (path === undefined) return [];
  const clients = block.blocks.filter(({ name }) => name === 'client');
  const of = (name: string, at: Block | undefined) =>
    at?.values.get(name) ?? block.values.get(name) ?? defaults?.values.get(name);
  const one = (client: string, at: Block | undefined): Exported[] => {
    const access = of('access_type', at)?.toLowerCase() ?? 'none';
    if (access !== 'rw' && access !== 'ro') return [];
    const squash = of('squash', at)?.toLowerCase().replaceAll('_', '') ?? 'rootsquash';
    return [{ path, client, access, keepsRoot: squash === 'norootsquash' || squash === 'none' }];
  };
  const named = clients.flatMap((at) =>
    (at.values.get('clients') ?? '').split(/[\s,]+/u).flatMap((client) => one(client, at)),
  );
  return [...named, ...one('*', undefined)];
}

function parseBlocks(text: string): Block {
  const tokens = text.match(/#[^\n]*|"[^"]*"|[{};=]|[^\s{};=#"]+/gu) ?? [];
  const top: Block = { name: '', values: new Map(), blocks: [] };
  const open = [top];
  let words: string[] = [];
  for (const token of tokens) {
    const at = open.at(-1) ?? top;
    if (token.startsWith('#')) continue;
    if (token === '{') {
      const block: Block = {
        name: (words.pop() ?? '').toLowerCase(),
        values: new Map(),
        blocks: [],
      };
      at.blocks.push(block);
      open.push(block);
    } else if (token === '}' && open.length > 1) open.pop();
    else if (token === ';') {
      const [name = '', sign, ...value] = words;
      if (sign === '=') at.values.set(name.toLowerCase(), value.join(' ').replaceAll('"', ''));
    } else {
      words.push(token);
      continue;
    }
    words = [];
  }
  return top;
}
