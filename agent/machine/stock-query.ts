import { addAbortSignal } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { StateliteError } from '../errors.ts';
import type { BootAnswer } from '../protocol/answer.ts';
import {
  endsStockReply,
  parseStockReply,
  stockInfo,
  type StockList,
  stockLitefileRows,
  stockLitetreeRows,
  stockRequest,
} from '../protocol/stock-xml.ts';

/** A site's whole table is some hundred kilobytes. */
const mostCharacters = 16 * 1024 * 1024;
/** Enough to see whether it is the end. */
const longestEnd = 200;

/**
 * Asks as stock nodes do: two lists, a connection each (reference: the stock protocol on port 3001).
 * `first` is open already. Throws ERR_STATELITE_QUERY or ERR_STATELITE_ANSWER.
 */
export async function askStock(
  node: string,
  first: TLSSocket,
  open: () => Promise<TLSSocket>,
  signal: AbortSignal,
): Promise<BootAnswer> {
  const litefile = await askList('litefile', first, signal);
  const litetree = await askList('litetree', await open(), signal);
  return {
    node,
    image: '',
    litefile: stockLitefileRows(litefile),
    litetree: stockLitetreeRows(litetree),
    permission: '755',
  };
}

async function askList(
  list: StockList,
  socket: TLSSocket,
  signal: AbortSignal,
): Promise<readonly string[]> {
  addAbortSignal(signal, socket);
  socket.write(stockRequest(list));
  const chunks: string[] = [];
  let length = 0;
  let end = '';
  socket.setEncoding('utf8');
  try {
    for await (const chunk of socket) {
      const text = String(chunk);
      chunks.push(text);
      length += text.length;
      end = (end + text).slice(-longestEnd);
      if (length > mostCharacters || endsStockReply(end)) break;
    }
  } finally {
    socket.destroy();
  }
  const text = chunks.join('');
  if (text === '') throw unheard(list);
  if (length > mostCharacters) throw tooLong(list);
  return stockInfo(parseStockReply(text));
}

/** A stock daemon has no words for who it does not know (QUIRK-23). */
function unheard(list: StockList): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_QUERY',
    `the management node closed the connection without a ${list} answer`,
    { hint: 'does it know the address of this node, and has it rows for its image?' },
  );
}

function tooLong(list: StockList): StateliteError {
  return new StateliteError(
    'ERR_STATELITE_ANSWER',
    `the management node's ${list} answer is longer than ${mostCharacters} characters`,
    { hint: 'does XCAT= name an xCAT daemon?' },
  );
}
