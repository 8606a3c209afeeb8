import { layout } from '../../../agent/rules/layout.ts';

/**
 * Asking the management node of the kernel command line: its certificate is checked by the CA in the
 * image, as the boot agent does it. `@{` stands for the shell's own.
 */
export const askingPart = String.raw`
work=/run/statelite
reserve=${layout.tmpfs}/run/statelite
cr=$(printf '\r')
server='' insecure='' quiet='' patience=60

# Where a read-only image has no memory at /run, the boot agent has some; what was chosen stays.
choose_work() {
  if [ -d "$reserve" ] || ! is_place "$work"; then work=$reserve; fi
  is_place "$work"
}

is_place() {
  (mkdir -p "$1" && chmod 755 "$1" && : >"$1/.statelite" && rm -f "$1/.statelite") 2>/dev/null
}

read_cmdline() {
  set -f
  for word in $(cat /proc/cmdline); do
    case $word in
      XCAT=*) server=@{word#XCAT=} ;;
      statelite.insecure) insecure=yes ;;
      nonodestatus) quiet=yes ;;
    esac
  done
  set +f
  case $server in
    *']:'*) host=@{server%:*} port=@{server##*:} ;;
    *']') host=$server port=3001 ;;
    *:*) host=@{server%%:*} port=@{server#*:} ;;
    *) host=$server port=3001 ;;
  esac
  name=@{host#'['}
  name=@{name%']'}
  case $name in
    '' | -* | *[!A-Za-z0-9.:_-]*) return 1 ;;
  esac
  case $port in
    '' | *[!0-9]*) return 1 ;;
  esac
}

# What is not built into every shell; curl or openssl besides.
can_ask() {
  lacks=''
  for program in cat chmod cp cut date dirname head mkdir mount mv rm sed sleep tail tr umount wc; do
    command -v "$program" >/dev/null || lacks="$lacks $program"
  done
  if ! command -v sha256sum >/dev/null && ! command -v openssl >/dev/null; then
    lacks="$lacks sha256sum"
  fi
  if [ -n "$lacks" ]; then
    echo "this image lacks:$lacks" >&2
    return 1
  fi
  command -v curl >/dev/null || command -v openssl >/dev/null && return 0
  echo 'neither curl nor openssl is in this image: the management node cannot be asked' >&2
  return 1
}

# request METHOD PATH FILE BODY [PORT]: the answer goes to FILE; 1 for none, 2 for a refusal, which
# the next answer would be too.
request() {
  rm -f "$3"
  if command -v curl >/dev/null; then ask=ask_curl; else ask=ask_openssl; fi
  if "$ask" "$@"; then :; else
    answered=$?
    rm -f "$3"
    return "$answered"
  fi
  case $code in
    2??) return 0 ;;
  esac
  echo "$1 $2: HTTP $code" >&2
  if [ -f "$3" ]; then
    head -c 2000 "$3" >&2
    rm -f "$3"
  fi
  case $code in
    408 | 429 | 5??) return 1 ;;
  esac
  return 2
}

ask_curl() {
  method=$1 where=$2 file=$3 body=$4 local=@{5:-}
  set -- --disable --silent --show-error --noproxy '*' --connect-timeout 10 --max-time "$patience"
  if [ -n "$insecure" ]; then set -- "$@" --insecure; else set -- "$@" --cacert "$ca"; fi
  if [ -n "$local" ]; then set -- "$@" --local-port "$local-660"; fi
  if [ "$method" = POST ]; then
    set -- "$@" --header 'Content-Type: application/json' --data-binary "$body"
  fi
  code=$(curl "$@" --output "$file" --write-out '%{http_code}' "https://$host:$port$where" 2>"$file.why")
  came=$?
  if [ "$came" -ne 0 ]; then
    no_answer "$file.why"
    return $?
  fi
  rm -f "$file.why"
}

# Another server is none of ours whenever it is asked; a clock may yet be set.
no_answer() {
  why=$(cat "$1")
  rm -f "$1"
  printf '%s\n' "$why" >&2
  case $why in
    *'not yet valid'* | *expired*) return 1 ;;
    *'SSL certificate problem'* | *'alternative certificate'* | *'does not match target host'* | *'verify error'*) return 2 ;;
  esac
  return 1
}

ask_openssl() {
  method=$1 where=$2 file=$3 body=$4 local=@{5:-}
  set -- -quiet -alpn http/1.1 -connect "$host:$port"
  if [ -z "$insecure" ]; then
    set -- "$@" -CAfile "$ca" -verify_return_error
    case $name in
      *:*) set -- "$@" -verify_ip "$name" ;;
      *[!0-9.]*) set -- "$@" -verify_hostname "$name" -servername "$name" ;;
      *) set -- "$@" -verify_ip "$name" ;;
    esac
  fi
  case "$local$name" in
    '' | "$name") ;;
    *:*) set -- "$@" -bind "[::]:$local" ;;
    *) set -- "$@" -bind "0.0.0.0:$local" ;;
  esac
  limit=''
  if timeout 1 true 2>/dev/null; then limit="timeout $patience"; fi
  raw=$file.raw
  printf '%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n%s' \
    "$method" "$where" "$host:$port" "@{#body}" "$body" |
    $limit openssl s_client "$@" >"$raw" 2>"$file.why" || :
  code=$(LC_ALL=C sed -n "1s/^HTTP[^ ]* \([0-9][0-9][0-9]\).*/\1/p" "$raw" 2>/dev/null)
  if [ -z "$code" ]; then
    rm -f "$raw"
    no_answer "$file.why"
    return $?
  fi
  # Only the head is text; what was cut off is no answer.
  LC_ALL=C sed "/^$cr\$/q" "$raw" >"$file.head"
  tail -c "+$(($(wc -c <"$file.head") + 1))" "$raw" >"$file"
  length=$(LC_ALL=C sed -n "s/^[Cc]ontent-[Ll]ength: *\([0-9]*\)$cr\$/\1/p" "$file.head")
  rm -f "$raw" "$file.why" "$file.head"
  if [ "$(wc -c <"$file")" -ne "@{length:-0}" ]; then
    echo "$method $where: the answer is not whole" >&2
    rm -f "$file"
    return 1
  fi
}

# retry TIMES COMMAND...: with longer and longer pauses in between; a refusal is final.
retry() {
  left=$1 pause=1
  shift
  while :; do
    "$@"
    came=$?
    if [ "$came" -ne 1 ]; then return "$came"; fi
    left=$((left - 1))
    if [ "$left" -le 0 ]; then return 1; fi
    sleep "$pause"
    if [ "$pause" -lt 30 ]; then pause=$((pause * 2)); fi
  done
}

# tell TIMES STATUS [APPLICATION=STATUS]; once a node goes down, nothing else is true of it.
tell() {
  if [ -n "$quiet" ]; then return 0; fi
  if [ -e "$work/down" ] && [ "$2" != powering-off ]; then return 0; fi
  more=''
  if [ -n "@{3:-}" ]; then
    more=",\"appstatus\":\"$(printf %s "$3" | tr -cd 'A-Za-z0-9_.+:/=-' | cut -c 1-76)\""
  fi
  retry "$1" request POST /v1/status "$work/told" "{\"status\":\"$2\"$more}"
}

credential() {
  case $1 in
    *[!A-Za-z0-9_.]*) return 2 ;;
  esac
  read_cmdline || return 1
  umask 077
  # A port below 1024 proves that root asks; another program may have the first one.
  offset=0
  while [ "$offset" -lt 5 ]; do
    request GET "/v1/credentials/$1" "$2" '' "$((520 + ($$ + offset * 29) % 140))"
    case $? in
      0) return 0 ;;
      2) return 2 ;;
    esac
    offset=$((offset + 1))
    sleep 1
  done
  return 1
}
`.replaceAll('@{', '${');
