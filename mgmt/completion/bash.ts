import { shellText } from './shell-text.ts';

/**
 * The script for bash 4.4 and later. bash splits words at `=` and `:`, so they are put together
 * again, and what bash took for another word is cut from the replies. Words go to the program by
 * stdin, each ended by NUL: nothing of them is ever read as an option or as code.
 */
export function bashScript(commands: readonly string[]): string {
  return shellText(String.raw`# Completion of statelite for bash: source <(statelite completion bash)
_statelite() {
  local IFS=$' \t\n' line=@{COMP_LINE:0:COMP_POINT} word start='' kept kind i
  local -a words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if ((i == 0)) || [[ $line == [[:space:]]* ]]; then
      line=@{line#"@{line%%[![:space:]]*}"}
      words+=('')
    fi
    start=@{words[-1]}
    word=@{COMP_WORDS[i]}
    ((i < COMP_CWORD)) || word=$line
    words[-1]+=$word
    line=@{line:@{#word}}
  done
  [[ -z $word || $word == *[!"$COMP_WORDBREAKS"]* ]] || start=@{words[-1]}
  if [[ @{words[-1]} == [\"\']* ]]; then
    words[-1]=@{words[-1]:1}
    start=''
  fi
  COMPREPLY=()
  {
    read -r kept kind || return 0
    mapfile -t COMPREPLY
  } < <(printf '%s\0' "@{words[@]}" | command statelite completion bash --answer 2>/dev/null)
  case $kind in
    files) compopt -o default ;;
    directories) compopt -o dirnames ;;
  esac
  for i in "@{!COMPREPLY[@]}"; do
    word=@{words[-1]:0:kept}@{COMPREPLY[i]}
    COMPREPLY[i]=@{word#"$start"}
  done
  if [[ @{#COMPREPLY[@]} == 1 && @{COMPREPLY[0]} == *[.=] ]]; then
    compopt -o nospace
  fi
}
complete -F _statelite ${commands.join(' ')}`);
}
