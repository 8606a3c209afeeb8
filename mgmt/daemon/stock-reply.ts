import { renderStockResponse, type StockFields } from '../../agent/protocol/stock-reply.ts';

/** What every response of a reply carries. */
export interface ReplyFrame {
  /** The short name of this host. */
  readonly source: string;
  /** The request's own mark, if it has one. */
  readonly transid: string | undefined;
}

/** A whole reply: these responses, then serverdone. */
export function stockReply(responses: readonly StockFields[], frame: ReplyFrame): string {
  const named = responses.map((fields) => ({ ...fields, xcatdsource: [frame.source] }));
  return named.map((fields) => response(fields, frame)).join('') + lastResponse({}, frame);
}

/** The response that ends a reply; the stock daemon's own errors and answers stand in it. */
export function lastResponse(fields: StockFields, frame: Pick<ReplyFrame, 'transid'>): string {
  return response({ ...fields, serverdone: [''] }, frame);
}

function response(fields: StockFields, { transid }: Pick<ReplyFrame, 'transid'>): string {
  return renderStockResponse({ ...fields, ...(transid !== undefined && { transid: [transid] }) });
}
