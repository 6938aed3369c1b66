"""What is said of failures of invitations."""

from __future__ import annotations

from colabwidget.core.errors.text import ErrorText

INVITATIONS = {
    "invite_needs_key": ErrorText(
        "A guest needs a key here.",
        "Without root, no account can be made for a guest, and so no password.",
        "Enter github:NAME or the guest's public key.",
    ),
    "invite_no_way": ErrorText(
        "A guest cannot come in this way.",
        "Through the notebook's server comes only what has its token, which opens all of it.",
        "Connect with another tunnel, then invite.",
    ),
    "invite_key_taken": ErrorText(
        "This key is in use already.",
        "Without root, a key that opens the session, or another invitation, cannot be a guest's.",
        "Ask for another key of the guest, or end the other invitation.",
    ),
    "invite_no_shell": ErrorText(
        "There is no terminal to show.",
        "A guest sees a terminal of this notebook, and none is open.",
        "Open the terminal on the card, or run colabwidget.Terminal() in a cell, then invite.",
    ),
    "invite_minutes": ErrorText(
        "That is no time for an invitation.",
        "It lasts from 1 minute to 8 hours.",
        "Choose another time.",
    ),
    "invite_too_many": ErrorText(
        "There are too many invitations.",
        "No more than eight are open at a time.",
        "Revoke one that is not needed.",
    ),
    "invite_failed": ErrorText(
        "The invitation could not be made.",
        "{reason}",
        "Nothing is open by it. Read the log, then try again.",
        usual="No Python of this machine can be run by another account, or the desktop cannot be "
        "shown.",
    ),
}
