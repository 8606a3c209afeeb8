import { join } from 'node:path';
import { StateliteError } from '../../agent/errors.ts';
import { isNodeName } from '../reports/place.ts';

/** Where the consoles of a management node are. */
export interface ConsolePlaces {
  readonly directory: string;
  /** Where the console server listens. */
  readonly socket: string;
  /** A file that the console server has locked; not among the logs, which somebody may remove. */
  readonly lock: string;
  /** The file that a console is recorded to. Throws ERR_STATELITE_HARDWARE for no name of a node. */
  readonly log: (node: string) => string;
}

/** The longest path of a socket is 107 bytes (unix(7)). */
const longest = 107;

/** The places below `<state>/consoles`. Throws ERR_STATELITE_CONFIG for a state that is too deep. */
export function consolePlaces(state: string): ConsolePlaces {
  const directory = join(state, 'consoles');
  const socket = join(directory, 'server');
  if (Buffer.byteLength(socket) > longest) {
    throw new StateliteError('ERR_STATELITE_CONFIG', `${socket} is too long for a socket`, {
      hint: 'choose a shorter STATELITE_STATE',
    });
  }
  return {
    directory,
    socket,
    lock: join(state, 'consoles.lock'),
    log(node) {
      if (isNodeName(node)) return join(directory, `${node}.log`);
      throw new StateliteError(
        'ERR_STATELITE_HARDWARE',
        `the node name ${JSON.stringify(node)} cannot be the name of a console log`,
      );
    },
  };
}
