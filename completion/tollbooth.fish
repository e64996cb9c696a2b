# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for fish: the program itself knows what can follow. FILE and FOLDER mean: any such.

function __tollbooth_words
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in ($program completion words -- $words "$current" 2>/dev/null)
        switch $line
            case FILE
                __fish_complete_path "$current"
            case FOLDER
                __fish_complete_directories "$current"
            case '*'
                echo $line
        end
    end
end
complete -c tollbooth -f -a '(__tollbooth_words)'
