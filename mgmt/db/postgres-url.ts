/** Whether a database setting means PostgreSQL; otherwise it is the path of a SQLite file. */
export function isPostgresUrl(where: string): boolean {
  return /^postgres(?:ql)?:\/\//u.test(where);
}
