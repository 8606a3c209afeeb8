import { hasCode } from '../../../agent/errors.ts';
import { newestOf, type ReportReader } from '../../reports/read.ts';

/**
 * The nodes whose last boot report says that they run one of the images. `warn` hears of reports
 * that cannot be read; their nodes are not counted.
 */
export async function nodesRunning(
  images: ReadonlySet<string>,
  reader: ReportReader,
  warn: (text: string) => void,
): Promise<string[]> {
  const running: string[] = [];
  for (const node of await reader.nodes()) {
    try {
      const [last] = await newestOf(reader, node, 1);
      if (last !== undefined && last.report.outcome !== 'error' && images.has(last.report.image)) {
        running.push(node);
      }
    } catch (error) {
      if (!hasCode(error, 'ERR_STATELITE_NOT_FOUND')) throw error;
      warn(error.message);
    }
  }
  return running;
}
