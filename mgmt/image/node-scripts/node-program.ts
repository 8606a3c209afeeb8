import { afterBootPart } from './program-run.ts';
import { askingPart } from './program-ask.ts';

/** Where the program is in an image; nothing there is ever a path of the litefile table. */
export const programPath = '/usr/lib/statelite/node';
export const caPath = '/usr/lib/statelite/ca.pem';

/**
 * What runs on a node once it has booted: POSIX sh, with curl or openssl, whichever is there. Told
 * `start`, it fetches the node's postscripts and runs them, and tells the management node how that
 * ended; `once` does so unless this boot had it; `stop` tells it that the node goes down; `credential`
 * is for remoteshell.
 */
export const nodeProgram = `#!/bin/sh
# Postscripts and status of a statelite node. Written by genimage and liteimg: changes are lost.
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
ca=${caPath}
${askingPart}${afterBootPart}
case "\${1:-}" in
  start | once) "$1" ;;
  stop) stop ;;
  credential) credential "$2" "$3" ;;
  *)
    echo "usage: $0 start | stop | credential NAME FILE" >&2
    exit 2
    ;;
esac
`;
