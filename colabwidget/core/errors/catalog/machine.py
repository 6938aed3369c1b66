"""What is said of failures of this machine."""

from __future__ import annotations

from colabwidget.core.errors.text import ErrorText

MACHINE = {
    "not_linux": ErrorText(
        "This system is not supported.",
        "colabwidget runs on Linux machines; this one is {system}.",
        "Use it in a notebook on a Linux machine, such as Google Colab.",
    ),
    "no_root_no_sshd": ErrorText(
        "openssh-server is not installed.",
        "Installing it needs root, and this notebook runs without.",
        "Ask the administrator for openssh-server, or use an image that has it.",
        offers_notebook=True,
    ),
    "no_root_other_user": ErrorText(
        "The account {user} cannot be used.",
        "Without root, only your own account {own} can be opened.",
        "Leave the account as it is, or choose {own}.",
        field="user",
    ),
    "no_apt": ErrorText(
        "{packages} cannot be installed.",
        "This system has no apt-get.",
        "Install it with the system's own package manager, then connect again.",
    ),
    "apt_locked": ErrorText(
        "Another program is installing packages.",
        "It held the package lock for {seconds} s.",
        "Wait until it is done, then connect again; ps aux shows what apt and dpkg do.",
    ),
    "apt_not_found": ErrorText(
        "The package {package} was not found.",
        "{reason}",
        "Check /etc/apt/sources.list and /etc/apt/sources.list.d, then connect again.",
        usual="This system's package sources do not have it, or there are none.",
    ),
    "apt_sources": ErrorText(
        "A package source cannot be used.",
        "apt-get said: {reason}",
        "Mend that entry below /etc/apt or remove it, then connect again. apt-get update tells "
        "whether it is right.",
    ),
    "dpkg_damaged": ErrorText(
        "The list of installed packages is damaged.",
        "Most of what is installed is missing in /var/lib/dpkg/status, so nothing can be added.",
        "Put an older one in its place, such as /var/backups/dpkg.status.0, then connect again.",
    ),
    "clock_wrong": ErrorText(
        "This machine's clock is wrong.",
        "{reason} Certificates and package lists are not valid by it.",
        "Set the clock, then connect again. A container has that of its host, and a machine that "
        "slept gets the time back when it is restarted.",
    ),
    "apt_network": ErrorText(
        "Packages could not be downloaded.",
        "The package mirror did not answer: {reason}",
        "Check this machine's network, then connect again.",
    ),
    "apt_failed": ErrorText(
        "Packages could not be installed.",
        "apt-get said: {reason}",
        "Connect again: what is half installed is finished first. The log has all that apt-get "
        "said.",
    ),
    "disk_full": ErrorText(
        "The disk is full.",
        "{reason}",
        "Delete something, then connect again. df -h shows which disk it is.",
        usual="/var, where packages go, or the private directory has no room left.",
    ),
    "account_failed": ErrorText(
        "The account {user} could not be set up.",
        "{reason}",
        "The log has the details. Choose another name, or mend the cause.",
        field="user",
        usual="useradd, usermod or chpasswd refused it, which their last words explain.",
        offers_notebook=True,
    ),
    "accounts_silent": ErrorText(
        "The machine's directory of accounts does not answer.",
        "It was asked for the {what} for {seconds} s.",
        "Accounts that are not in /etc/passwd come from a service such as LDAP, SSSD or winbind. "
        "Wait until getent passwd answers, or choose an account of the machine itself, such as "
        "root with a public key.",
        field="user",
        offers_notebook=True,
    ),
    "account_home": ErrorText(
        "The account {user} has no home.",
        "{reason}",
        "Choose another name, or remove or rename that folder, then connect again.",
        field="user",
        usual="Its folder exists already and is another account's, as on a volume of another "
        "image, and no other place was free.",
        offers_notebook=True,
    ),
    "sshd_no_rights": ErrorText(
        "SSH cannot work on this machine.",
        "This root has not all rights that an SSH server needs: {lack}.",
        "Use the terminal and the desktop in the notebook, which need no SSH; or run the container "
        "with that right, with /run as a writable folder, or as an account without root.",
        field="tunnel",
        offers_notebook=True,
    ),
    "sshd_no_name": ErrorText(
        "SSH needs an account with a name.",
        "The notebook runs with the user id {number}, which has no entry in /etc/passwd.",
        "Use the terminal and the desktop in the notebook, which need no name; or have an entry "
        "made for that id when the container starts.",
        field="tunnel",
        offers_notebook=True,
    ),
    "sshd_failed": ErrorText(
        "The SSH server did not start.",
        "{reason}",
        "The log has what it said. Connect again once the cause is mended.",
        usual="It ended at its start, which its last words explain, or is missing.",
        retry="a few times",
        offers_notebook=True,
    ),
    "sign_in_failed": ErrorText(
        "This machine lets no client sign in.",
        "{reason}",
        "{remedy} The terminal and the desktop inside the notebook need no sign-in.",
        usual="The SSH server runs, and refuses a sign-in over loopback; nothing was opened to the "
        "outside. The account is locked or expired, its shell is missing or ends at once, the "
        "container lacks a right that sshd needs, or a rule of the machine (/etc/nologin, "
        "/etc/hosts.deny) keeps clients out.",
        offers_notebook=True,
    ),
    "sshd_gone": ErrorText(
        "The SSH server ended again and again.",
        "It ended {times} times within {seconds} s: {reason}.",
        "The log has what it said. Find out what ends it, such as a lack of memory, and try again.",
    ),
}
