/** The label of a file system that the agent makes; xfs has place for 12 characters. */
export function labelOf(disk: string, number: number): string {
  return `sl-${disk}-${number}`.slice(0, 12);
}

/** Whether a file system was made by the agent, for all that its label tells. */
export function isOurLabel(label: string): boolean {
  return /^sl-\w/u.test(label);
}
