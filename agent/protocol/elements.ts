/** One element: its own text with entities decoded, and the elements in it. */
export interface Element {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Element[];
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
};

/** Requests nest two deep (becomeuser), replies three (node blocks); deeper is an attack. */
const deepest = 8;

const token = /<(\/?)([A-Za-z_][\w.-]{0,63})(\/?)>|([^<]+)/gy;

/**
 * Reads the elements that stand one after the other in `text`. This is the fixed shape of the
 * stock protocol, not XML: no attributes, declarations, comments, CDATA or entities of one's own.
 * `refuse` makes the error for anything else.
 */
export function parseElements(text: string, refuse: (why: string) => Error): Element[] {
  const roots: Element[] = [];
  const open: { name: string; text: string; children: Element[] }[] = [];
  let at = 0;
  for (const [whole, closes, name = '', empty, chars] of text.matchAll(token)) {
    at += whole.length;
    const top = open.at(-1);
    if (chars !== undefined) {
      if (top !== undefined) top.text += decodeText(chars, refuse);
      else if (chars.trim() !== '') throw refuse(`text outside of elements: ${show(chars)}`);
    } else if (closes === '') {
      if (open.length >= deepest) throw refuse(`elements nest deeper than ${deepest}`);
      const element = { name, text: '', children: [] };
      (top?.children ?? roots).push(element);
      if (empty === '') open.push(element);
    } else {
      if (top?.name !== name || empty !== '') throw refuse(`</${name}> closes nothing`);
      open.pop();
    }
  }
  if (at < text.length) throw refuse(`not an element: ${show(text.slice(at))}`);
  const unclosed = open.at(-1);
  if (unclosed !== undefined) throw refuse(`it ends inside <${unclosed.name}>`);
  return roots;
}

/** Texts of the children with that name, in order. */
export function childTexts(element: Element, name: string): string[] {
  return element.children.filter((child) => child.name === name).map((child) => child.text);
}

/** Escapes as the stock daemon does: `'` stays as it is. */
export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function decodeText(chars: string, refuse: (why: string) => Error): string {
  if (chars.includes('\0')) throw refuse('a NUL byte');
  return chars.replaceAll(/&[^;&]{0,9};?/g, (entity) => {
    const decoded = entities[entity];
    if (decoded === undefined) throw refuse(`unknown entity ${show(entity)}`);
    return decoded;
  });
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
