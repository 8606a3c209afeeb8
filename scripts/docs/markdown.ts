/** An item of a list: what it is called, and what it is for. */
export function item(name: string, text: string): string {
  return `- ${name}: ${text}`;
}

/** Keeps `<word>` from being taken for HTML, and `*` for emphasis. */
export function plain(text: string): string {
  return text.replaceAll(/[<*]/gu, '\\$&');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** Blocks of markdown with a blank line between; those without content are left out. */
export function blocks(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}

/** A heading and a list below it; nothing if the list is empty. */
export function section(heading: string, items: readonly string[]): string {
  return items.length === 0 ? '' : blocks(heading, items.join('\n'));
}
