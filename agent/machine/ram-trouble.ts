import { hasCode, StateliteError } from '../errors.ts';
import { HttpStatus } from './http-get.ts';
import { isCertificateError } from './query.ts';

/** What came is not what was packed. */
export class Damaged extends Error {
  override readonly name = 'Damaged';
}

/** The file on the server is another one by now: what came of it is no use. */
export class Changed extends Error {
  override readonly name = 'Changed';
}

/** Why an image did not come, for an operator: ERR_STATELITE_IMAGE with a hint. */
export function explainFetch(error: unknown, url: string): unknown {
  if (error instanceof StateliteError || !(error instanceof Error)) return error;
  return new StateliteError('ERR_STATELITE_IMAGE', `cannot boot from ${url}: ${error.message}`, {
    cause: error.cause,
    hint: hintFor(error),
  });
}

function hintFor(error: Error): string {
  if (error instanceof HttpStatus) {
    return error.status < 500
      ? 'was it packed (liteimg), and does the hosts table know the address of the node? Others get none'
      : 'is the web server in order? Its log says why';
  }
  if (error instanceof Damaged) return 'pack it again: liteimg';
  if (error instanceof Changed) return 'is liteimg running? Boot again when it is done';
  if (isCertificateError(error)) {
    return 'its certificate must be signed by the CA of the initramfs and name the host of imgurl=';
  }
  // Of this machine: a file, or a mount.
  if ('path' in error || hasCode(error, 'EINVAL', 'ENODEV', 'ENXIO', 'EBUSY', 'ENOMEM')) {
    return 'the kernel of the node refuses it: dmesg may say more';
  }
  return 'is statelite serve, or the web server that imgurl= names, running and reachable?';
}
