/** Clients that ask at the same time, each for the node whose address it has. */
export interface Level {
  /**
   * `new`: each request has a TLS connection of its own and asks for the stock litefile list;
   * `resumed`: the same, with the session of the client's last connection; `kept`: our JSON boot
   * answer, again and again on one connection of each client.
   */
  readonly kind: 'new' | 'resumed' | 'kept';
  readonly clients: number;
  /** Of all clients together. */
  readonly requests: number;
}

/** Nodes that power on, each doing what the agent does. */
export interface Powered {
  readonly kind: 'power-on';
  readonly nodes: number;
  /** Each begins at some moment of so many seconds. */
  readonly within: number;
}

/** Where the daemon is. */
export interface Place {
  readonly ports: { readonly tls: number; readonly status: number };
  /** The CA of its certificate, PEM. */
  readonly ca: string;
}

/** What the clients saw. */
export interface Seen {
  /** From the first request to the last answer, in milliseconds. */
  readonly took: number;
  /** How long each request took that was answered, in milliseconds. */
  readonly times: readonly number[];
  /** What went wrong, and how often. */
  readonly errors: Readonly<Record<string, number>>;
  /** Tries after the first; only nodes that power on try again. */
  readonly retries: number;
  /** CPU time of the clients, in milliseconds. */
  readonly cpu: number;
}
