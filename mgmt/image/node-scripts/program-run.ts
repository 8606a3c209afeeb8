/**
 * Running postscripts: what is on the node by its digest is not fetched again. `@{` stands for the
 * shell's own.
 */
export const afterBootPart = String.raw`
post=/xcatpost
log=/var/log/xcat/xcat.log
failed=''

say() {
  echo "$*"
  echo "$(date '+%Y-%m-%d %H:%M:%S') $*" >>"$log"
}

# Where the image is read-only, the log and the scripts are in memory.
make_places() {
  mkdir -p "$work" && chmod 755 "$work" || return 1
  if ! (mkdir -p /var/log/xcat && : >>"$log") 2>/dev/null; then log=$work/xcat.log; fi
  mkdir -p "$post" 2>/dev/null
  if (: >"$post/.statelite") 2>/dev/null; then
    rm -f "$post/.statelite"
    return 0
  fi
  mkdir -p "$work/xcatpost" && cp -a "$post/." "$work/xcatpost/" && mount --bind "$work/xcatpost" "$post"
}

digest() {
  sha256sum <"$1" 2>/dev/null | cut -c 1-64
}

fetch_scripts() {
  request GET /v1/postscripts "$work/digests" '' || return 1
  while read -r wanted path; do
    case $path in
      '' | /* | .. | ../* | */.. | */../*) continue ;;
    esac
    if [ -f "$post/$path" ] && [ "$(digest "$post/$path")" = "$wanted" ]; then
      chmod 755 "$post/$path"
      continue
    fi
    request GET "/v1/postscripts/$wanted" "$work/file" '' </dev/null || return 1
    if [ "$(digest "$work/file")" != "$wanted" ]; then
      echo "$path came with other content" >&2
      return 1
    fi
    mkdir -p "$(dirname "$post/$path")" && cp "$work/file" "$post/$path.new" &&
      chmod 755 "$post/$path.new" && mv -f "$post/$path.new" "$post/$path" || return 1
  done <"$work/digests"
  rm -f "$work/file"
}

# Wraps each line between the marks; a name and arguments are quoted already.
prepare() {
  for kind in postscript postbootscript; do
    printf '/^# %ss-start-here$/,/^# %ss-end-here$/s/^[^#].*/run_script %s &/\n' "$kind" "$kind" "$kind"
  done >"$work/edit"
  LC_ALL=C sed -f "$work/edit" "$work/answer" >"$post/mypostscript" && chmod 755 "$post/mypostscript"
}

run_script() {
  kind=$1 script=$2
  shift 2
  if ! [ -f "$post/$script" ]; then
    say "$kind $script: there is no such script"
    failed="@{failed:-$script:127}"
    return
  fi
  say "$kind begins: $script $*"
  before=$(wc -c <"$log")
  (
    cd "$post" || exit 126
    PATH=$post:$PATH
    export PATH
    exec "./$script" "$@"
  ) </dev/null >>"$log" 2>&1
  code=$?
  tail -c "+$((before + 1))" "$log"
  say "$kind ends: $script exited with $code"
  if [ "$code" -ne 0 ]; then failed="@{failed:-$script:$code}"; fi
}

start() {
  if ! read_cmdline; then
    echo 'no usable XCAT= on the kernel command line' >&2
    return 1
  fi
  can_ask || return 1
  if ! make_places; then
    echo "$post cannot be written" >&2
    tell 10 failed postscripts=failed:places
    return 1
  fi
  tell 5 postbooting || say 'the management node was not told that postscripts begin'
  if retry 8 request GET /v1/postscript "$work/answer" '' && retry 8 fetch_scripts && prepare; then
    cd "$post" || return 1
    . "$post/mypostscript"
  else
    say 'the postscripts could not be fetched: none was run'
    failed=fetch:1
  fi
  if [ "@{CLEANUPXCATPOST:-no}" = yes ] && [ -d "$work/xcatpost" ]; then
    cd / && umount "$post" && rm -rf "$work/xcatpost"
  fi
  if [ -z "$failed" ]; then
    say 'every postscript is done'
    tell 10 booted postscripts=ok || say 'the management node was not told that this node has booted'
    return 0
  fi
  say "failed: $failed"
  tell 10 failed "postscripts=failed:$failed" || say 'the management node was not told of the failure'
  return 1
}

# Only a node that goes down says so: a unit may also be restarted.
stop() {
  if command -v systemctl >/dev/null && [ -d /run/systemd/system ]; then
    if [ "$(systemctl is-system-running 2>/dev/null)" != stopping ]; then return 0; fi
  fi
  read_cmdline && can_ask && mkdir -p "$work" && tell 1 powering-off
  return 0
}
`.replaceAll('@{', '${');
