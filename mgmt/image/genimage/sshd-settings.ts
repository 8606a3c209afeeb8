import type { ImageTree } from './inside.ts';

const path = '/etc/ssh/sshd_config';

/** At the top, where sshd takes them: the first value of a word counts, and Match may follow. */
const settings = `# for many logins at once from the management node
MaxStartups 100:30:200
X11Forwarding yes
`;

/**
 * Lets the image's sshd take many logins at once, and X11 (xcat-mgmt.md 4.7). The file as it was is
 * kept beside it as `.ORIG`. Nothing for an image without one; a second time changes nothing.
 */
export async function relaxSshd(tree: ImageTree): Promise<void> {
  const before = await tree.read(path);
  if (before === undefined || before.startsWith(settings)) return;
  if (!(await tree.exists(`${path}.ORIG`))) await tree.write(`${path}.ORIG`, before, 0o600);
  const rest = before.replace(
    /^[ \t]*((MaxStartups|X11Forwarding|KeyRegenerationInterval)\b)/gim,
    '#$1',
  );
  await tree.write(path, settings + rest);
}
