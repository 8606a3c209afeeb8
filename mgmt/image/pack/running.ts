import { lastBoot, type ReportReader } from '../../reports/read.ts';

/** The nodes that run one of the images by their last report. Throws as the reader does. */
export async function nodesRunning(
  images: ReadonlySet<string>,
  reader: Pick<ReportReader, 'nodes' | 'ids' | 'read'>,
): Promise<string[]> {
  const running: string[] = [];
  for (const node of await reader.nodes()) {
    const last = await lastBoot(reader, node);
    if (last !== undefined && images.has(last.report.image)) running.push(node);
  }
  return running;
}
