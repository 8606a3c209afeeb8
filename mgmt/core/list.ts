/** The words of a comma list column; blanks around them do not count. */
export function splitList(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** The words of a column in which blanks stand between them as well as commas. */
export function splitWords(text: string | null | undefined): string[] {
  return (text ?? '').split(/[,\s]+/u).filter((word) => word !== '');
}
