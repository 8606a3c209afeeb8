/** Whether a note of `networksIn` is about a row of networks; others are about site.dhcpinterfaces. */
export function isAboutRow(note: string): boolean {
  return note.startsWith('networks row ');
}
