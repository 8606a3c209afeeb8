/**
 * How much anybody who can connect may take of the daemon. Times are in milliseconds. Every limit
 * of the listeners stands here.
 */
export const limits = {
  /**
   * Connections of one address. A node needs two or three at a time; a router that hides a rack
   * of 40 nodes still fits.
   */
  perPeer: 64,
  /** Connections in all, below the open files that the unit file grants. */
  connections: 4096,
  /** From connecting to the end of the TLS handshake; a node under TCG takes 2 s for its part. */
  handshake: 10_000,
  /**
   * After this a connection that owes nothing gives its place to one that waits. A node under TCG is
   * quiet for 2 s in its part of the handshake, and has its files in place some seconds after its
   * answer.
   */
  quiet: 4000,
  /** From connecting, or from the last answer, to the next whole request without its body. */
  idle: 15_000,
  /**
   * A body must have arrived after this, and an answer must have got on by `progressBytes` in
   * each such time: who reads byte by byte is cut.
   */
  progress: 60_000,
  /** 16 KiB/s: a boot file of 100 MB may take 100 minutes on a network that a storm fills. */
  progressBytes: 16 * 1024 * 60,
  /** A connection of stock XML or node status, whole; both are one request and one answer. */
  exchange: 60_000,
  /** The same with a client certificate: an administrator's command may change many rows. */
  certifiedExchange: 600_000,
  /** Line and headers of an HTTP request: ours have 200 bytes, those of a firmware 500. */
  headerBytes: 8 * 1024,
  headers: 64,
  /** Requests of one connection, so that a balancer in front can spread them again. */
  requestsPerConnection: 1000,
  /** Requests that wait on one connection for their answers. Our clients send one at a time. */
  pipelined: 8,
  /** Pieces that a stock request may come in. Byte by byte, each would be looked at anew. */
  pieces: 512,
  /** What answers may take once the daemon is told to stop. */
  drain: 4000,
} as const;

/** The limits as tests set them. */
export type Limits = { readonly [L in keyof typeof limits]: number };
