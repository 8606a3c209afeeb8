import { changing } from './changing.ts';
import type { Context } from './context.ts';

export const chtab = (context: Context) =>
  changing(context, 'chtab', 'Change a row of a table, or add it; -d removes rows');
