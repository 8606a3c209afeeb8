/**
 * nodelist.appstatus with one report added, which replaces the one of the same application:
 * `sshd=up,gpfs=down` and `gpfs=up` make `sshd=up,gpfs=up`.
 */
export function withAppStatus(before: string | null, report: string): string {
  const others = (before ?? '')
    .split(',')
    .filter((each) => each !== '' && application(each) !== application(report));
  return [...others, report].join();
}

function application(report: string): string {
  return report.slice(0, report.indexOf('=') + 1);
}
