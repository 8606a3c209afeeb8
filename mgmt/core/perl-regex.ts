import { StateliteError } from '../../agent/errors.ts';

/** Longer ones are no pattern of names that somebody wrote. */
const maxLength = 256;

/** A part of a regex: an escape, a bracket class, or a letter. */
const part = /\\.|\[(?:\^?\])?(?:\\.|\[:\^?\w+:\]|[^\\\]])*\]|./gsu;

/** What only Perl has, in the words of JavaScript. */
const escapes: Readonly<Record<string, string>> = {
  '\\A': '^',
  '\\z': '$',
  '\\Z': '$',
  '\\h': '[ \\t]',
  '\\e': '\\x1b',
  '\\a': '\\x07',
};

const classes = new Map([
  ['alpha', 'A-Za-z'],
  ['digit', '0-9'],
  ['alnum', 'A-Za-z0-9'],
  ['lower', 'a-z'],
  ['upper', 'A-Z'],
  ['space', '\\s'],
  ['blank', ' \\t'],
  ['punct', '!-\\/:-@\\[-`{-~'],
  ['word', '\\w'],
  ['xdigit', '0-9A-Fa-f'],
]);

/**
 * A regex that an administrator wrote for Perl, as one of JavaScript that means the same; it has no
 * state. `anchored` ones must match all of a text. Throws ERR_STATELITE_USAGE for what is no regex,
 * is too long, or is Perl's alone.
 */
export function perlRegex(
  source: string,
  { anchored }: { readonly anchored: boolean } = { anchored: false },
): RegExp {
  if (source.length > maxLength) {
    refuse(`a regex of ${source.length} letters is too long`, `write at most ${maxLength}`);
  }
  const ignoreCase = source.startsWith('(?i)');
  const body = ignoreCase ? source.slice('(?i)'.length) : source;
  const translated = body.replaceAll(part, (text) => translate(text, source));
  try {
    // Without the u flag a needless backslash is the letter itself, as in Perl.
    // oxlint-disable-next-line require-unicode-regexp
    return new RegExp(anchored ? `^(?:${translated})$` : translated, ignoreCase ? 'i' : '');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return refuse(`${source} is no regex`, error.message);
  }
}

function translate(text: string, source: string): string {
  if (text.startsWith('\\')) {
    // Case changes, quoting, other classes, named and relative references.
    if (/^\\[QELUluGKRXNCpPHVvgkox]$/u.test(text)) only(text, source);
    return escapes[text] ?? text;
  }
  if (text.startsWith('[')) return translateClass(text, source);
  return text;
}

/** A `]` in the first place is a member, in JavaScript the end. */
function translateClass(text: string, source: string): string {
  if (/\\[QELUluGKRXNCpPHVvoxhea]/u.test(text)) only(text, source);
  return text
    .replace(/^\[(?<not>\^?)\]/u, '[$<not>\\]')
    .replaceAll(/\[:(?<name>\^?\w+):\]/gu, (named, name: string) => {
      return classes.get(name) ?? only(named, source);
    });
}

function only(text: string, source: string): never {
  return refuse(`${source}: ${text} is not understood`, 'write it with what all regexes have');
}

function refuse(problem: string, hint: string): never {
  throw new StateliteError('ERR_STATELITE_USAGE', problem, { hint });
}
