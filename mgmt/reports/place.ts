/** `2026-11-22T01-02-03.004Z`: the UTC time with `-` for `:`, so that names sort by time. */
export const reportIdPattern = String.raw`^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$`;

/** Names of nodes that can name a directory. */
export const nodeNamePattern = String.raw`^\w[\w.\-]{0,254}$`;

const id = new RegExp(reportIdPattern, 'u');
const node = new RegExp(nodeNamePattern, 'u');
const suffix = '.json';

/** The report of this time, within its node. */
export function reportId(time: Date): string {
  return time.toISOString().replaceAll(':', '-');
}

/** When the report came, ISO 8601 in UTC. */
export function timeOfId(reportName: string): string {
  const [date = '', clock = ''] = reportName.split('T');
  return `${date}T${clock.replaceAll('-', ':')}`;
}

export function isReportId(text: string): boolean {
  return id.test(text);
}

export function isNodeName(text: string): boolean {
  return node.test(text);
}

/** The file of a report in its node's directory. */
export function fileOfId(reportName: string): string {
  return `${reportName}${suffix}`;
}

/** Undefined for a file that is no report. */
export function idOfFile(file: string): string | undefined {
  if (!file.endsWith(suffix)) return undefined;
  const reportName = file.slice(0, -suffix.length);
  return isReportId(reportName) ? reportName : undefined;
}

/**
 * Where a report is written before it gets its name: in the directory above those of the nodes, so
 * that a watch on that one sees reports of all of them come.
 */
export function partialFile(reportNode: string, reportName: string, unique: string): string {
  return `.${reportNode}@${reportName}.${unique}.partial`;
}

/** Whose report a partial file is, and when it was begun; undefined for another file. */
export function parsePartial(file: string): { node: string; id: string } | undefined {
  const { who, when } =
    /^\.(?<who>[^@]+)@(?<when>[^@]{24})\.[^@]+\.partial$/u.exec(file)?.groups ?? {};
  if (who === undefined || when === undefined) return undefined;
  return isNodeName(who) && isReportId(when) ? { node: who, id: when } : undefined;
}
