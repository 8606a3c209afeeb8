/** The script for fish 3 and later, which itself adds no space after `.` and `=`. */
export function fishScript(commands: readonly string[]): string {
  return String.raw`# Completion of statelite for fish: statelite completion fish | source
function __statelite_complete
    set -l typed (string replace -r '^["\']' '' -- (commandline -ct))
    set -l lines (printf '%s\0' (commandline -opc) "$typed" | command statelite completion fish --answer 2>/dev/null)
    set -q lines[1]; or return
    set -l head (string split ' ' -- $lines[1])
    set -l kept (string sub -l $head[1] -- "$typed")
    set -l path (string sub -s (math $head[1] + 1) -- "$typed")
    switch $head[2]
        case files
            printf '%s\n' "$kept"(__fish_complete_path "$path")
        case directories
            printf '%s\n' "$kept"(__fish_complete_directories "$path")
        case words
            set -e lines[1]
            test (count $lines) -gt 0; and printf '%s\n' "$kept"$lines
    end
end
for name in ${commands.join(' ')}
    complete -c $name -f -a '(__statelite_complete)'
end`;
}
