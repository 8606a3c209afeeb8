/** The words of a comma list column; blanks around them do not count. */
export function splitList(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
