/**
 * The scripts that the rows of a new postscripts table name, as far as they mean something to a
 * node with a read-only root. One of the same name in `<installdir>/postscripts` takes their place.
 */
export const ownScripts: ReadonlyMap<string, string> = new Map([
  ['syslog', script('Sends the log of this node to its master, by rsyslogd.', syslog())],
  ['remoteshell', script('Gives this node its own ssh keys, and lets root log in.', remoteshell())],
  [
    'syncfiles',
    script(
      'Files that are kept in step are part of the image here.',
      `echo 'statelite: files come from the image and its trees, there is nothing to copy'\n`,
    ),
  ],
  [
    'otherpkgs',
    script(
      'Packages are part of the image here.',
      `echo 'statelite: packages are installed in the image, there is nothing to install'\n`,
    ),
  ],
]);

function script(purpose: string, body: string): string {
  return `#!/bin/sh\n# ${purpose}\nset -eu\n${body}`;
}

/** Where rsyslogd is not, or its directory cannot be written, the node's log stays on the node. */
function syslog(): string {
  return String.raw`case "$SYSLOG" in
  ignore) exit 0 ;;
esac
directory=/etc/rsyslog.d
if ! command -v rsyslogd >/dev/null || ! [ -w "$directory" ]; then
  echo "statelite: no rsyslogd, or $directory cannot be written: the log stays on this node"
  exit 0
fi
case "$MASTER" in
  *:*) server="[$MASTER]" ;;
  *) server=$MASTER ;;
esac
printf '*.* @%s\n' "$server" >"$directory/statelite.conf.new"
mv -f "$directory/statelite.conf.new" "$directory/statelite.conf"
if command -v systemctl >/dev/null; then
  systemctl try-restart rsyslog.service
else
  /etc/init.d/rsyslog restart
fi
`;
}

/** New files are written beside and renamed: sshd and those who log in find the old or the new. */
function remoteshell(): string {
  return String.raw`umask 077
place() { # name directory mode: what the management node has for us, if it has
  rm -f "$2/.statelite.new"
  if ! /usr/lib/statelite/node credential "$1" "$2/.statelite.new"; then
    rm -f "$2/.statelite.new"
    return 1
  fi
  chmod "$3" "$2/.statelite.new"
  mv -f "$2/.statelite.new" "$2/$1"
}
if ! command -v sshd >/dev/null; then
  echo 'statelite: this image has no sshd'
  exit 0
fi
if ! [ -x /usr/lib/statelite/node ]; then
  echo 'statelite: liteimg has not prepared this image: its keys stay as it has them'
  exit 0
fi
if [ -w /etc/ssh ]; then
  for kind in ed25519 ecdsa; do
    place "ssh_host_@{kind}_key" /etc/ssh 600
    place "ssh_host_@{kind}_key.pub" /etc/ssh 644
  done
else
  echo 'statelite: /etc/ssh cannot be written: add the litefile row "/etc/ssh/ tmpfs" for keys of its own'
fi
mkdir -p /root/.ssh 2>/dev/null || :
if [ -w /root/.ssh ]; then
  place authorized_keys /root/.ssh 600 || echo 'statelite: who may log in stays as the image has it'
else
  echo 'statelite: /root/.ssh cannot be written: who may log in stays as the image has it'
fi
if command -v systemctl >/dev/null; then
  # Without keys, the server's unit was skipped at boot.
  for unit in ssh.service sshd.service; do
    systemctl cat "$unit" >/dev/null 2>&1 || continue
    state=$(systemctl is-enabled "$unit" 2>/dev/null) || :
    if [ "$state" = enabled ]; then systemctl --no-block restart "$unit"; fi
  done
fi
`.replaceAll('@{', '${');
}
