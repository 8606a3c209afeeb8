/** Version by package of a text as of /var/lib/dpkg/status; those that are installed. */
export function parseDpkgStatus(text: string): Map<string, string> {
  const packages = new Map<string, string>();
  for (const paragraph of text.split(/\n{2,}/u)) {
    const field = (name: string) =>
      new RegExp(`^${name}:[ \\t]*(.*)$`, 'mu').exec(paragraph)?.[1]?.trim() ?? '';
    const name = field('Package');
    if (name === '' || !field('Status').endsWith(' installed')) continue;
    const foreign = field('Multi-Arch') === 'same' ? `:${field('Architecture')}` : '';
    packages.set(name + foreign, field('Version'));
  }
  return packages;
}
