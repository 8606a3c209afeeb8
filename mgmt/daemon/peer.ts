import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { normalAddress } from './address-book.ts';

/** Who is at the other end of a connection. Nothing of it comes from a request. */
export interface Peer {
  /** In its one spelling; or words for a connection that is gone already. */
  readonly address: string;
  /** The node that has this address by the tables; undefined for everybody else. */
  readonly node: string | undefined;
  /** The common name of a verified client certificate; undefined for who shows none. */
  readonly name: string | undefined;
  /** It asks from a port below 1024, which only root of a machine can. */
  readonly isPrivileged?: boolean;
}

const gone = 'a closed connection';

/**
 * Node by source address, never by reverse DNS; name by certificate. A certificate that the CA did
 * not sign, has ended or is for servers counts as none.
 */
export function peerOf(
  socket: Socket,
  view: { readonly identify: (address: string) => string | undefined },
): Peer {
  const address = normalAddress(socket.remoteAddress ?? '') ?? gone;
  const isPrivileged = socket.remotePort !== undefined && socket.remotePort < 1024;
  return {
    address,
    node: view.identify(address),
    name: certifiedName(socket),
    ...(isPrivileged && { isPrivileged }),
  };
}

function certifiedName(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  // TLS does not look at it again when a session is resumed.
  if (certificate.validToDate.getTime() < Date.now()) return undefined;
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
