import { loginName } from './login-name.ts';

/** Whether a database setting means PostgreSQL; otherwise it is the path of a SQLite file. */
export function isPostgresUrl(where: string): boolean {
  return /^postgres(?:ql)?:\/\//u.test(where);
}

/** As libpq does: without a user in the URL, the account that runs the program. */
export function withUser(url: string): string {
  if (/^[^/]*\/\/[^/]*@/u.test(url) || /[?&]user=/u.test(url)) return url;
  return `${url}${url.includes('?') ? '&' : '?'}user=${encodeURIComponent(loginName())}`;
}
