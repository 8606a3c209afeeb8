/**
 * The path of a request below `prefix`, as names: percent-decoded, `//` collapsed. Undefined for
 * anything else, above all for names that would leave it.
 */
export function pathBelow(prefix: string, url: string): string[] | undefined {
  const path = url.split('?', 1).join();
  if (!path.startsWith(prefix)) return undefined;
  const names = path
    .slice(prefix.length)
    .split('/')
    .filter((name) => name !== '')
    .map(decode);
  return names.length > 0 && names.every(isPlain) && !path.endsWith('/') ? names : undefined;
}

function decode(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function isPlain(name: string | undefined): name is string {
  return name !== undefined && name !== '.' && name !== '..' && !/[\0/]/.test(name);
}
