"""What works of the way to a paired machine, and what does not, a line each."""

from __future__ import annotations

from colabwidget.through import ssh_files
from colabwidget.through.bridged import server_of
from colabwidget.through.faults import Fault
from colabwidget.through.jupyter import Missing
from colabwidget.through.links import is_known
from colabwidget.through.profiles import Profiles
from colabwidget.through.ways.choice import WAYS


def report(profiles: Profiles, only: str = "", token: str = "") -> int:
    """Print what works, and return 0 where all does, else 1.

    Parameters
    ----------
    profiles
        What this computer is paired with.
    only
        One of the names; empty for all.
    token
        Of the server, before the one that is kept.
    """
    names = [only] if only else profiles.names()
    if not names:
        print("This computer is paired with nothing: run colabwidget through pair.")
        return 1
    faults = [] if ssh_files.has_ssh() else ["OpenSSH is missing: ssh was not found."]
    by_ssh = not {each.name for each in profiles.all()} or any(
        each.machine.host_keys for each in profiles.all()
    )
    if by_ssh and not ssh_files.is_included(profiles):
        faults.append(f"{profiles.ssh / 'config'} lacks the line {ssh_files.INCLUDE}: pair again.")
    for fault in faults:
        print(f"wrong  {fault}")
    others = {name for name, _ in profiles.attached()}
    works = [_examine(profiles, name, token) for name in names if only or name not in others]
    return 0 if all(works) and not faults else 1


def _examine(profiles: Profiles, name: str, token: str) -> bool:
    """Print what works of one, and tell whether ssh can come through."""
    profile = profiles.load(name)
    try:
        server = server_of(profiles, profile, token or profile.token)
        server.get("api/status")
    except Fault as fault:
        print(f"wrong  {name}: {fault}")
        return False
    takes = "its page" if profile.page else "the token"
    print(f"good   {name}: {profile.url} answers and takes {takes}.")
    through = False
    for way in WAYS:
        try:
            if not way.probe(server):
                print(f"no     {name}: the server does not offer the way {way.name}.")
                continue
            link = way.open(server, profile.machine)
            known = is_known(link, profile)
            link.close()
        except Missing:
            print(f"no     {name}: the server does not offer the way {way.name}.")
            continue
        except Fault as fault:
            print(f"wrong  {name}, way {way.name}: {fault}")
            continue
        if not known:
            print(f"wrong  {name}, way {way.name}: the session there is another one: pair again.")
            continue
        print(f"good   {name}: the way {way.name} leads to the session.")
        through = True
    return through
