/** The `${` of a shell is written as `@{`, because a template literal has its own use for it. */
export function shellText(text: string): string {
  return text.replaceAll('@{', '${');
}
