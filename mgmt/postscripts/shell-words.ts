import { StateliteError } from '../../agent/errors.ts';

/** A text as one word that a POSIX shell takes as it is. It has no NUL, and no line has an end inside. */
export function shellQuoted(text: string): string {
  return `'${oneLine(text).replaceAll("'", String.raw`'\''`)}'`;
}

/** The same; without quotes where a shell needs none, for readers of stock xCAT that are no shells. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/u.test(text) ? text : shellQuoted(text);
}

/**
 * A script and its arguments as the tables have them, for a shell: the words, split as a shell splits
 * them, and nothing of them is code. `$NAME` and `${NAME}` stay variables of the script's environment.
 * Throws ERR_STATELITE_TABLE, naming `where`, for a script whose name is none below the directory of
 * scripts, and for what a shell would run, write or read besides.
 */
export function renderScriptLine(text: string, where: string): string {
  const words = wordsOf(text, where);
  const [first = []] = words;
  const name = first.map(({ text: part }) => part).join('');
  if (first.some(({ kind }) => kind === 'variable') || !isScriptName(name)) {
    refuse(text, where, 'begins with no name of a script');
  }
  return words.map((word) => word.map(rendered).join('')).join(' ');
}

/** A path below the directory of scripts; each part is a plain name. */
export function isScriptName(name: string): boolean {
  return /^\w[\w.+-]*(?:\/\w[\w.+-]*)*$/u.test(name) && name.length <= 255;
}

interface Part {
  readonly kind: 'text' | 'variable';
  readonly text: string;
}

function rendered({ kind, text }: Part): string {
  return kind === 'variable' ? `"\${${text}}"` : shellWord(text);
}

const variable = /^\$(?:(?<plain>[A-Za-z_]\w*)|\{(?<braced>[A-Za-z_]\w*)\})/u;

/** Quotes and backslashes as sh(1) has them. */
function wordsOf(text: string, where: string): Part[][] {
  const words: Part[][] = [];
  let word: Part[] | undefined;
  let quote = '';
  const add = (kind: Part['kind'], part: string) => {
    const last = word?.at(-1);
    word ??= [];
    if (kind === 'text' && last?.kind === 'text') {
      word[word.length - 1] = { kind, text: last.text + part };
    } else word.push({ kind, text: part });
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === quote) quote = '';
    else if (quote === "'") add('text', character);
    else if (character === '\\') {
      at += 1;
      const next = text.charAt(at);
      // Between double quotes, others keep the backslash.
      const isKept = quote === '"' && !'$`"\\'.includes(next);
      add('text', isKept ? `\\${next}` : next);
    } else if (character === '$') {
      const { plain, braced } = variable.exec(text.slice(at))?.groups ?? {};
      const name = plain ?? braced;
      if (name === undefined) return refuse(text, where, 'has a $ that begins no variable');
      add('variable', name);
      at += name.length + (plain === undefined ? 2 : 0);
    } else if (character === '`') return refuse(text, where, 'has a command in it');
    else if (quote === '"') add('text', character);
    else if (character === "'" || character === '"') {
      quote = character;
      add('text', '');
    } else if (/[;&|<>()]/u.test(character)) {
      return refuse(text, where, `has the shell's ${character} in it`);
    } else if (/\s/u.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else add('text', character);
  }
  if (quote !== '') return refuse(text, where, `has a ${quote} without its end`);
  if (word !== undefined) words.push(word);
  return words;
}

function refuse(text: string, where: string, problem: string): never {
  throw new StateliteError('ERR_STATELITE_TABLE', `${where}: ${JSON.stringify(text)} ${problem}`, {
    hint: 'write the name of a script below <installdir>/postscripts, and its arguments behind it',
  });
}

/** Readers of a reply take it line by line. */
function oneLine(text: string): string {
  return text.replaceAll(/[\0\r\n\u0085\u2028\u2029]+/gu, ' ');
}
