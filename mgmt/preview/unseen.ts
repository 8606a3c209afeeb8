/** Something of a node that this host cannot look into. It counts as empty. */
export interface Unseen {
  /** `the tree nfs1:/trees/n1` */
  readonly what: string;
  readonly why: string;
  /** Undefined for what is in the node itself. */
  readonly server: string | undefined;
}

export function unseenText({ what, why }: Unseen): string {
  return `${what}: ${why}`;
}
