"""What a user is told of keys that let people in, and of the drive that an account sees."""

from __future__ import annotations

from colabwidget.core.errors.text import ErrorText

KEYS = {
    "public_key_private": ErrorText(
        "That is a private key.",
        "A private key must never leave your computer. It was refused and not kept.",
        "Paste the public half instead: the file whose name ends in .pub.",
        field="public_key",
    ),
    "public_key_broken": ErrorText(
        "That is not a public key.",
        "{reason}",
        "Paste the line of your .pub file, for example ~/.ssh/id_ed25519.pub; several lines are "
        "several keys.",
        field="public_key",
        usual="It does not begin with a key type such as ssh-ed25519, has options in front, is "
        "cut off or too short, or its file cannot be read.",
    ),
    "public_key_needed": ErrorText(
        "A public key is needed.",
        "{reason}",
        "Paste your public key under More, for example the line in ~/.ssh/id_ed25519.pub.",
        field="public_key",
        usual="No password can be used: to sign in as root, without root, or to an account "
        "that was here before.",
    ),
    "public_key_nobody": ErrorText(
        "{site} has no keys of {person}.",
        "{reason}",
        "Check the name: the link shows the keys of the account. Or paste the key itself.",
        "{link}",
        field="public_key",
        usual="No account there has that name, or the account has no key that SSH can use.",
    ),
    "public_key_unreachable": ErrorText(
        "The keys of {person} could not be fetched.",
        "{reason}",
        "Check this machine's network, or paste the key itself.",
        field="public_key",
        usual="The site did not answer, its certificate was not accepted, or it answered with "
        "something else.",
    ),
}

DRIVE = {
    "drive_folder_invalid": ErrorText(
        "{folder} cannot be used for Google Drive.",
        "{reason}",
        "Write the folder in the home as one name, such as drive. Write the folder of Google "
        "Drive as the file browser shows it, such as My Drive/data.",
        field="{field}",
        usual="It begins at the root, goes up with .., or has an empty part.",
    ),
    "drive_not_mounted": ErrorText(
        "Google Drive is not here.",
        "{reason}",
        "On Colab, run this in a cell and connect again.",
        field="mount_gdrive_to",
        usual="It was not mounted in this notebook, or its connection has ended.",
    ),
    "drive_no_folder": ErrorText(
        "Google Drive has no folder {folder}.",
        "{reason}",
        "Write it as the file browser shows it, such as My Drive/data, or leave it empty for the "
        "whole drive.",
        field="mount_gdrive_from",
        usual="It was looked for in the drive and in My Drive.",
    ),
    "drive_folder_taken": ErrorText(
        "Google Drive cannot appear in {folder}.",
        "{reason}",
        "Choose another folder, or move this one away.",
        field="mount_gdrive_to",
        usual="It has files, which the drive would hide, or is a file or a link.",
    ),
    "drive_needs_root": ErrorText(
        "Google Drive cannot be shown to the account.",
        "That takes root, and this notebook runs without.",
        "Leave the folder empty: your account is the notebook's own and sees what the notebook "
        "sees.",
        field="mount_gdrive_to",
    ),
    "drive_no_fuse": ErrorText(
        "Google Drive cannot be shown to the account.",
        "{reason}",
        "Start the container with --device /dev/fuse --cap-add SYS_ADMIN, or leave the folder "
        "empty.",
        field="mount_gdrive_to",
        usual="The machine is a container without /dev/fuse, or one that may mount nothing.",
    ),
    "drive_failed": ErrorText(
        "Google Drive cannot be shown to the account.",
        "Mounting it has failed: {reason}",
        "The log has all that it said. Leave the folder empty to connect without the drive.",
        field="mount_gdrive_to",
    ),
    "drive_gone": ErrorText(
        "Google Drive has left the account's home.",
        "The program that shows it ended {times} times within {seconds} s: {reason}.",
        "SSH works. Disconnect and connect again to have the drive back.",
        field="mount_gdrive_to",
    ),
}
