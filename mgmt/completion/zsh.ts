import { shellText } from './shell-text.ts';

/** The script for zsh, to be sourced after compinit or to be found in fpath as `_statelite`. */
export function zshScript(commands: readonly string[]): string {
  const names = commands.join(' ');
  return shellText(String.raw`#compdef ${names}
# Completion of statelite for zsh: source <(statelite completion zsh)
_statelite() {
  local kept kind line text
  local -a lines more whole
  lines=("@{(@f)$(printf '%s\0' "@{(@Q)words[1,CURRENT-1]}" "@{(Q)PREFIX}" |
    command statelite completion zsh --answer 2>/dev/null)}")
  read -r kept kind <<<"$lines[1]"
  [[ $kept == <-> ]] || return 1
  compset -p $kept
  case $kind in
    files) _files ;;
    directories) _files -/ ;;
    *)
      for line in "@{(@)lines[2,-1]}"; do
        text=@{line%%$'\t'*}
        [[ $line == *$'\t'* ]] && line=@{text//:/\\:}:@{line#*$'\t'} || line=@{text//:/\\:}
        if [[ $text == *[.=] ]]; then more+=("$line"); else whole+=("$line"); fi
      done
      _describe -t statelite statelite whole -- more -S ''
      ;;
  esac
}
if [[ $funcstack[1] == _statelite ]]; then
  _statelite "$@"
else
  compdef _statelite ${names}
fi`);
}
