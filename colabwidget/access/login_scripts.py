"""Shell scripts of the login environment, for sh, bash, dash and ksh; see `login_environment`."""

from __future__ import annotations

#: Folder of the session's directory in which fish finds no start-up file; it writes there itself.
FISH = "fish"

# sshd has the account's shell run it, and lets that read no start-up file of the user's before (see
# `colabwidget.access.sshd_config`): what such a file prints would break a file transfer.
ENTER = """\
# Begins every session; see colabwidget. The word "again" tells that bash has read its files.
command=${{SSH_ORIGINAL_COMMAND-}}
knows() {{
    case "$1" in */*) return 1 ;; esac
    for each in ~/.terminfo /etc/terminfo /lib/terminfo /usr/share/terminfo /usr/lib/terminfo; do
        [ -e "$each/${{1%"${{1#?}}"}}/$1" ] && return
    done
    PATH=/usr/bin:/bin infocmp "$1" > /dev/null 2>&1
}}
if [ "${{1-}}" != again ]; then
    unset SHLVL ZDOTDIR
    [ "$HOME" != /dev/null ] || HOME={home}
    case "${{XDG_CONFIG_HOME-}}" in {place}/*) unset XDG_CONFIG_HOME ;; esac
    if [ -n "${{TERM-}}" ] && ! knows "$TERM"; then
        for TERM in xterm-256color xterm vt100 dumb; do knows $TERM && break; done
    fi
fi
case "$command" in
    "") kind=shell ;;
    */sftp-server* | internal-sftp* | "scp "* | *"rsync --server"*) kind=transfer ;;
    *) kind=$SHELL ;;
esac
# What start-up files print comes with the errors: the output is the command's alone.
case "$kind ${{1-}}" in
    *"/bash ") exec "$SHELL" -c 'exec /bin/sh "$0" again' "$0" 9>&1 >&2 ;;
    *again) {{ true >&9; }} 2> /dev/null && exec >&9 9>&- ;;
esac
account_shell=$SHELL
account_path=$PATH
. {place}/environment
# bash does not read ~/.bashrc for sshd after this; what that has added comes last.
SHLVL=1
export SHLVL
IFS=:
for each in $account_path; do
    case ":$PATH:" in *":$each:"*) continue ;; esac
    case "$each" in "$HOME"/*) PATH=$PATH:$each ;; esac
done
unset IFS
cd -- "$COLABWIDGET_FOLDER" 2> /dev/null || cd || cd /
stays=${{COLABWIDGET_TMUX-}}
unset SSH_ORIGINAL_COMMAND COLABWIDGET_TMUX
case "$kind" in
    transfer)
        case "$account_shell" in */fish | */csh | */tcsh) account_shell=/bin/sh ;; esac
        ZDOTDIR=/dev/null exec "$account_shell" -c "$command"
        ;;
    */zsh) exec "$account_shell" -c "exec >&9 9>&-; $command" 9>&1 >&2 ;;
    /*) exec "$account_shell" -c "$command" ;;
esac
# A shell to which its user comes back; where tmux fails, it is one that does not stay.
if [ "$stays" = yes ] && [ -t 0 ] && command -v tmux > /dev/null; then
    tmux new-session -A -s colabwidget && exit
fi
case "$account_shell" in
    */sh | */dash | */ksh* | */mksh)
        . {place}/login
        exec "$account_shell"
        ;;
    */bash) exec /bin/sh {place}/bash -l ;;
esac
exec "$account_shell" -l
"""

# Reads what a login shell reads, in its place. It is for bash, dash and ksh.
LOGIN = """\
unset BASH_ENV
colabwidget_before=$PATH
[ -r /etc/profile ] && . /etc/profile
PATH=$COLABWIDGET_PATH
export PATH
for colabwidget_each in ~/.bash_profile ~/.bash_login ~/.profile; do
    case "${BASH_VERSION-}$colabwidget_each" in "$HOME"/.bash*) continue ;; esac
    if [ -r "$colabwidget_each" ]; then . "$colabwidget_each"; break; fi
done
# What these have put before the notebook's folders, or others did earlier, comes after them.
colabwidget_rest=$PATH:$colabwidget_before:
PATH=$COLABWIDGET_PATH
while [ -n "$colabwidget_rest" ]; do
    colabwidget_each=${colabwidget_rest%%:*}
    colabwidget_rest=${colabwidget_rest#*:}
    case ":$PATH:" in
        *":$colabwidget_each:"*) ;;
        *) PATH=$PATH:$colabwidget_each ;;
    esac
done
export PATH
# bash knows this word in what it started as a login shell itself.
case "${BASH_VERSION:+$-}" in *i*) logout() { exit "$@"; } ;; esac
unset colabwidget_before colabwidget_each colabwidget_rest
"""

# bash, but a login shell begins with the file above. Every other use of it is passed on as it is.
SHELL = """\
#!/bin/sh
login= interactive=
[ $# -gt 0 ] || login=yes
while :; do
    case "${{1-}}" in
        -l | --login) login=yes ;;
        -i) interactive=-i ;;
        -il | -li) login=yes interactive=-i ;;
        -lc) login=yes; shift; set -- -c "$@"; break ;;
        -ic) interactive=-i; shift; set -- -c "$@"; break ;;
        -ilc | -lic) login=yes interactive=-i; shift; set -- -c "$@"; break ;;
        *) break ;;
    esac
    shift
done
if [ -z "$login" ]; then
    exec {bash} $interactive "$@"
fi
# As bash itself tells: nothing to run, and a terminal to talk to.
if [ $# = 0 ] && [ -t 0 ] && [ -t 2 ]; then
    interactive=-i
fi
if [ -n "$interactive" ]; then
    exec {bash} --rcfile {place}/login -i "$@"
fi
BASH_ENV={place}/login
export BASH_ENV
exec {bash} "$@"
"""

PROFILE = """\
# Written by colabwidget; removed at disconnect. It is for login shells of its sessions only.
if [ "${{COLABWIDGET_SESSION-}}" = {place} ]; then
    if [ -n "${{COLABWIDGET_PATH-}}" ]; then
        PATH=$COLABWIDGET_PATH
        export PATH
    fi
elif [ -r {place}/environment ]; then
    # su and its like bring nothing of the session that they were called in.
    if {whose}/bin/sh {place}/below; then
        . {place}/environment
    fi
fi
"""

# Tells whether one of the processes above is in a session of ours.
BELOW = """\
pid=$PPID
while [ "${{pid:-0}}" -gt 1 ]; do
    grep -qzsxF {mark} "/proc/$pid/environ" && exit 0
    pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2> /dev/null)
done
exit 1
"""

# What the account itself finds: whether it may enter a folder, and where it may write.
LOOK = """\
if cd -- "$1" 2> /dev/null; then
    echo enters
    [ -w . ] && echo writes
fi
shift
for place; do
    there=$place
    while [ ! -e "$there" ] && [ "$there" != / ]; do there=$(dirname -- "$there"); done
    [ -w "$there" ] && echo "$place"
done
exit 0
"""

# Hands the session's password to the sign-in check, which alone can read where that is.
ASKPASS = """\
#!/bin/sh
exec cat -- "$CW_ASKED"
"""
