import { changing } from './changing.ts';
import type { Context } from './context.ts';

export const tabch = (context: Context) => changing(context, 'tabch', 'The same as chtab');
