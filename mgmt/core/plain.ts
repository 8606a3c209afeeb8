/** Controls, and what reorders, hides or breaks a line: a terminal must not be sent them. */
const risky = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A stranger's text on one line that a terminal shows as it is: others are written `\u{1b}`. */
export function plain(text: string): string {
  return text.replaceAll(risky, (character) => `\\u{${hexOf(character)}}`);
}

/** JSON that parses to the same value and holds no such characters; `indent` blanks a level. */
export function plainJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, undefined, indent).replaceAll(risky, (character) =>
    character === '\n' ? character : unitsOf(character),
  );
}

function hexOf(character: string): string {
  return character.codePointAt(0)?.toString(16) ?? '';
}

/** JSON knows UTF-16 units only. */
function unitsOf(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');
}
