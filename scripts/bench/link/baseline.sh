#!/bin/bash
# The linking stage in shell, for shell-script.ts. R is the new root, A and B are the trees.
set -eu
T=$R/.statelite/tmpfs
P=$R/.statelite/persistent
D=$R/.default

first() {
  for found in "$A$1" "$B$1" "$D$1"; do
    if [ -e "$found" ]; then return; fi
  done
  return 1
}

fill() {
  if [ "$1" = file ]; then
    first "$2"
    mkdir -p "$3${2%/*}"
    cp -a "$found" "$3$2"
    return
  fi
  mkdir -p "$3$2"
  for source in "$D$2" "$B$2" "$A$2"; do
    if [ -e "$source" ]; then cp -a "$source/." "$3$2/"; fi
  done
}

link_to() {
  mkdir -p "$T${2%/*}"
  ln -sfn "$1" "$T$2"
}

volatile() {
  fill "$2" "$3" "$T"
  if [ "$1" = bind ]; then mount --bind "$T$3" "$R$3"; fi
}

kept() {
  if ! [ -e "$P$3" ]; then fill "$2" "$3" "$P"; fi
  if [ "$1" = bind ]; then mount --bind "$P$3" "$R$3"
  elif [ "$1" = planted ]; then link_to "/.statelite/persistent$3" "$3"; fi
}

served() {
  first "$2"
  if [ "$1" = link ]; then
    link_to "${found#"$R"}" "$2"
    return
  fi
  mount --bind "$found" "$R$2"
  mount -o remount,bind,ro "$R$2"
}

joined() {
  mkdir -p "$T${2%/*}"
  rm -f "$T$2"
  if [ -e "$A$2" ] && [ -e "$B$2" ]; then cat "$A$2" "$B$2" > "$T$2"
  elif first "$2"; then cat "$found" > "$T$2"; fi
  if [ "$1" = bind ]; then mount --bind "$T$2" "$R$2"; fi
}

# A row of the list, decided here as the original does: its parent, then what its sources hold.
row() {
  parent=
  above=$(dirname "$2")
  while [ "$above" != / ] && [ -z "$parent" ]; do
    parent=$(grep -xF -e "tmpfs $above" -e "link $above" -e "persistent $above" "$L" || true)
    above=$(dirname "$above")
  done
  type='file'
  for source in "$A$2" "$B$2" "$D$2"; do
    if [ -d "$source" ] && [ -n "$(ls -A "$source")" ]; then type='dir'; fi
  done
  if [ -d "$D$2" ]; then type='dir'; fi
  how='bind'
  case $1,${parent%% *} in
    link* | tmpfs,tmpfs | con,tmpfs | persistent,persistent) how='link' ;;
  esac
  case $1 in
    con | link,con) joined "$how" "$2" ;;
    ro | link,ro) served "$how" "$2" ;;
    link,persistent) kept planted "$type" "$2" ;;
    persistent) kept "$how" "$type" "$2" ;;
    *) volatile "$how" "$type" "$2" ;;
  esac
}

rows() {
  while read -r option path; do
    if [ "$path" = /etc/mtab ]; then link_to /proc/self/mounts "$path"
    else row "$option" "$path"; fi
  done < "$L"
}
