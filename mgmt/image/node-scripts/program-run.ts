/**
 * Running postscripts: what is on the node by its digest is not fetched again. `@{` stands for the
 * shell's own.
 */
export const afterBootPart = String.raw`
post=/xcatpost
log=/var/log/xcat/xcat.log
failed=''

say() {
  printf '%s\n' "$*"
  printf '%s %s\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$*" >>"$log"
}

# Where the image is read-only, the log and the scripts are in memory. In /run nothing may be run.
make_places() {
  if ! (mkdir -p /var/log/xcat && : >>"$log") 2>/dev/null; then log=$work/xcat.log; fi
  mkdir -p "$post" 2>/dev/null
  if (: >"$post/.statelite") 2>/dev/null; then
    rm -f "$post/.statelite"
    return 0
  fi
  mkdir -p "$work/xcatpost" && mount -t tmpfs -o mode=755 statelite "$work/xcatpost" &&
    cp -a "$post/." "$work/xcatpost/" && mount --bind "$work/xcatpost" "$post" &&
    umount "$work/xcatpost" && : >"$work/covered"
}

# Two at a time would write the same files.
is_alone() {
  other=$(cat "$work/pid" 2>/dev/null)
  if [ -n "$other" ] && [ "$other" != $$ ]; then
    case $(tr '\0' ' ' 2>/dev/null <"/proc/$other/cmdline") in
      *statelite/node*)
        echo "the postscripts run already, as process $other" >&2
        return 1
        ;;
    esac
  fi
  echo $$ >"$work/pid"
}

digest() {
  if command -v sha256sum >/dev/null; then
    sha256sum <"$1" 2>/dev/null | cut -c 1-64
  else
    openssl dgst -sha256 -r "$1" | cut -c 1-64
  fi
}

fetch_scripts() {
  request GET /v1/postscripts "$work/digests" '' || return $?
  while read -r wanted path; do
    case $path in
      '' | /* | .. | ../* | */.. | */../*) continue ;;
    esac
    if [ -f "$post/$path" ] && [ "$(digest "$post/$path")" = "$wanted" ]; then
      chmod 755 "$post/$path"
      continue
    fi
    # A script that changed meanwhile has another digest in the next list.
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
  if [ "$(tail -n 1 "$work/answer")" != '# postbootscripts-end-here' ]; then
    echo 'the list of postscripts is not whole' >&2
    return 1
  fi
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
  say "$kind begins: $script@{*:+ $*}"
  before=$(wc -c <"$log")
  (
    cd "$post" || exit 126
    PATH=$post:$PATH
    export PATH
    exec "./$script" "$@"
  ) </dev/null >>"$log" 2>&1
  code=$?
  printed=$(($(wc -c <"$log") - before))
  if [ "$printed" -gt 65536 ]; then
    echo "... $printed bytes, all of them in $log"
    printed=65536
  fi
  if [ "$printed" -gt 0 ]; then tail -c "$printed" "$log"; fi
  say "$kind ends: $script exited with $code"
  if [ "$code" -ne 0 ]; then failed="@{failed:-$script:$code}"; fi
}

# In a shell of its own: a variable that this one cannot take, or that nobody set, ends only that.
run_all() {
  rm -f "$work/outcome"
  (
    set +u
    cd "$post" || exit 1
    . "$post/mypostscript"
    printf '%s\n' "$failed" >"$work/outcome"
    case @{CLEANUPXCATPOST:-} in
      1 | [Yy] | [Yy][Ee][Ss]) : >"$work/cleanup" ;;
    esac
  )
  if [ -f "$work/outcome" ]; then
    failed=$(cat "$work/outcome")
  else
    say 'the environment of the postscripts cannot be used'
    failed=environment:1
  fi
}

# 3 if a script failed, 1 if none could be run.
start() {
  if ! read_cmdline; then
    echo 'no usable XCAT= on the kernel command line' >&2
    return 1
  fi
  can_ask || return 1
  if ! choose_work; then
    echo "neither /run/statelite nor $reserve can be written" >&2
    return 1
  fi
  if ! make_places; then
    echo "$post cannot be written" >&2
    tell 10 failed postscripts=failed:places
    return 1
  fi
  is_alone || return 1
  rm -f "$work/cleanup"
  tell 5 postbooting || say 'the management node was not told that postscripts begin'
  # A management node that starts again itself takes minutes; one that never answered is none.
  result=3 times=120
  if retry 8 request GET /v1/postscript "$work/answer" '' && retry 8 fetch_scripts && prepare; then
    run_all
  else
    say 'the postscripts could not be fetched: none was run'
    failed=fetch:1 result=1 times=10
  fi
  if [ -f "$work/cleanup" ] && [ -f "$work/covered" ]; then
    umount "$post" && rm -f "$work/covered"
  fi
  if [ -z "$failed" ]; then
    say 'every postscript is done'
    tell "$times" booted postscripts=ok || say 'the management node was not told that this node has booted'
    return 0
  fi
  say "failed: $failed"
  tell "$times" failed "postscripts=failed:$failed" || say 'the management node was not told of the failure'
  return "$result"
}

# start, unless this boot had it.
once() {
  if choose_work; then
    boot=$(cat /proc/sys/kernel/random/boot_id)
    if [ "$(cat "$work/boot" 2>/dev/null)" = "$boot" ]; then return 0; fi
    echo "$boot" >"$work/boot"
  fi
  start
}

# Only a node that goes down says so: a unit may also be restarted. Nothing waits long for that.
stop() {
  if command -v systemctl >/dev/null && [ -d /run/systemd/system ]; then
    if [ "$(systemctl is-system-running 2>/dev/null)" != stopping ]; then return 0; fi
  fi
  patience=5
  read_cmdline && can_ask && choose_work && echo down >"$work/down" && tell 1 powering-off
  return 0
}
`.replaceAll('@{', '${');
