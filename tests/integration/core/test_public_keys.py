"""Public keys as ssh-keygen makes them, and what stands around them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.system.key_files import with_key_files
from colabwidget.tunnels import validation
from tests.kit.keys import blob, refused, taken

KINDS = {
    "ed25519": ["-t", "ed25519"],
    "rsa": ["-t", "rsa", "-b", "2048"],
    "ecdsa-256": ["-t", "ecdsa", "-b", "256"],
    "ecdsa-384": ["-t", "ecdsa", "-b", "384"],
    "ecdsa-521": ["-t", "ecdsa", "-b", "521"],
}


PRIVATE = {
    "OpenSSH ed25519": ["-t", "ed25519"],
    "OpenSSH with a passphrase": ["-t", "ed25519", "-N", "a passphrase"],
    "OpenSSH RSA": ["-t", "rsa", "-b", "1024"],
    "PEM RSA": ["-t", "rsa", "-b", "1024", "-m", "PEM"],
    "PEM RSA with a passphrase": ["-t", "rsa", "-b", "1024", "-m", "PEM", "-N", "a passphrase"],
    "PEM EC": ["-t", "ecdsa", "-m", "PEM"],
    "PKCS8": ["-t", "rsa", "-b", "1024", "-m", "PKCS8"],
    "PKCS8 with a passphrase": ["-t", "ecdsa", "-m", "PKCS8", "-N", "a passphrase"],
}


def keygen(folder: Path, *arguments: str) -> Path:
    path = folder / "key"
    if "-N" not in arguments:
        arguments = (*arguments, "-N", "")
    subprocess.run(
        ["ssh-keygen", "-q", "-C", "me@laptop", "-f", path, *arguments], check=True, timeout=60
    )
    return path


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A real public key of each kind, as its file has it."""
    return {
        name: keygen(tmp_path_factory.mktemp("key"), *arguments).with_suffix(".pub").read_text()
        for name, arguments in KINDS.items()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_of_ssh_keygen_is_taken_as_it_is(public: dict[str, str], kind: str) -> None:
    assert taken(public[kind]) == public[kind].strip()


@pytest.mark.parametrize("around", ["{}", "\n\n  {}  \r\n\n", "# my laptop\n{}", "{}\n# my laptop"])
def test_what_stands_around_it_is_left_out(public: dict[str, str], around: str) -> None:
    key = public["ed25519"].strip()
    assert taken(around.replace("{}", key)) == key


def test_a_key_needs_no_comment_and_keeps_a_short_printable_one(public: dict[str, str]) -> None:
    kind, body, _ = public["ed25519"].split()
    assert taken(f"{kind} {body}") == f"{kind} {body}"
    assert taken(f"{kind} {body} my \x1b[31mlaptop") == f"{kind} {body} my [31mlaptop"
    assert len(taken(f"{kind} {body} {'x' * 5000}")) < 250


@pytest.mark.parametrize("kind", PRIVATE)
def test_a_private_key_is_refused_and_not_repeated(tmp_path: Path, kind: str) -> None:
    text = keygen(tmp_path, *PRIVATE[kind]).read_text()
    one_line = text.replace("\n", " ")  # what a one-line field makes of it
    cut_off = text[: len(text) // 2]
    for pasted in (text, one_line, cut_off, f"\n  {text}", text.replace("\n", "\r\n")):
        error = refused(pasted)
        assert error.code == "public_key_private"
        said = f"{error}{error!r}{error.info}"
        assert not [line for line in text.splitlines()[1:-1] if line and line in said]


def test_the_two_halves_pasted_together_are_refused(tmp_path: Path) -> None:
    path = keygen(tmp_path, *KINDS["ed25519"])
    assert refused(path.with_suffix(".pub").read_text() + path.read_text()).code == (
        "public_key_private"
    )


def test_the_body_of_a_private_key_without_its_frame_is_not_repeated(tmp_path: Path) -> None:
    lines = keygen(tmp_path, *PRIVATE["PEM RSA"]).read_text().splitlines()[1:-1]
    error = refused("\n".join(lines))
    assert not [line for line in lines if line in f"{error}{error.info}"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_part_of_a_key_passes_for_the_whole(public: dict[str, str], kind: str) -> None:
    name, body, _ = public[kind].split()
    passed = []
    # Without the "=" at its end, which a double click does not select, nothing of it is missing.
    for cut in range(len(body.rstrip("="))):
        try:
            passed.append(taken(f"{name} {body[:cut]}"))
        except ColabWidgetError as error:
            assert error.code == "public_key_broken"
            assert not body[:cut] or cut < 12 or body[:cut] not in str(error)
    assert not passed


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hello", "does not begin with a key type"),
        ("ssh-ed25519", "damaged or cut off"),
        ("ssh-ed25519 AAAA", "damaged or cut off"),
        ("ssh-ed25519 not*base64", "damaged or cut off"),
        ("ssh-dss AAAAB3NzaC1kc3M=", "is a DSA key"),
        ("ssh-ed25519-cert-v01@openssh.com AAAA", "is a certificate"),
        ("{head}\nand so on", "The middle part of line 1 is damaged or cut off"),
        ("{}\n# a comment\nhello", "Line 3 does not begin with a key type"),
        ('command="date" {}', "It has options in front"),
        ('{}\nno-pty,from="10.0.0.0/8" {}', "Line 2 has options in front"),
        ("-----BEGIN PUBLIC KEY-----\n{}", "Line 1 is in another format"),
        ("github:", "github.com cannot have an account of that name"),
        ("{}\ngitlab:some/body", "gitlab.com cannot have an account of that name"),
        ("github:../../etc", "github.com cannot have an account of that name"),
    ],
)
def test_a_broken_key_is_refused_with_the_reason(
    public: dict[str, str], text: str, reason: str
) -> None:
    key = public["ed25519"].strip()
    pasted = text.replace("{}", key).replace("{head}", key[:40])
    error = refused(pasted)
    assert error.code == "public_key_broken"
    assert reason in error.info["cause"]


def short_rsa() -> str:
    modulus = ((1 << 767) | 1).to_bytes(97, "big")
    return f"ssh-rsa {blob(b'ssh-rsa', bytes([1, 0, 1]), modulus)} short"


def test_an_rsa_key_that_sshd_would_turn_away_is_refused_with_its_bits(tmp_path: Path) -> None:
    file = tmp_path / "short.pub"
    file.write_text(short_rsa())
    judged = subprocess.run(["ssh-keygen", "-l", "-f", file], capture_output=True)
    assert judged.returncode != 0
    assert "RSA key of 768 bits; SSH takes none below 1024" in refused(short_rsa()).info["cause"]


def test_several_keys_are_taken_each_once(public: dict[str, str]) -> None:
    one, other = public["ed25519"].strip(), public["rsa"].strip()
    assert taken(f"{one}\n\n# work\n  {other}\r\n{one}") == f"{one}\n{other}"


def test_keys_whose_line_ends_were_lost_are_told_apart(public: dict[str, str]) -> None:
    one, other = public["ed25519"].strip(), public["ecdsa-256"].strip()
    assert taken(f"{one} {other}") == f"{one}\n{other}"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("github:octocat", "github:octocat"),
        ("  GitLab: @Some.Body_1 ", "gitlab:Some.Body_1"),
        ("~/.ssh/authorized_keys", "~/.ssh/authorized_keys"),
        ("/content/drive/My Drive/id.pub", "/content/drive/My Drive/id.pub"),
        ("./keys", "./keys"),
        ("laptop.pub", "laptop.pub"),
    ],
)
def test_whose_keys_or_which_file_stays_as_it_is_until_somebody_connects(
    public: dict[str, str], line: str, kept: str
) -> None:
    key = public["ed25519"].strip()
    assert taken(f"{line}\n{key}") == f"{kept}\n{key}"
    assert taken(taken(line)) == kept


def test_the_keys_of_a_file_stand_in_for_its_name(
    public: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = public["ed25519"].strip(), public["rsa"].strip()
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "authorized_keys").write_text(f"# mine\n{one}\n\n{other}\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path / ".ssh")
    for name in (f"{tmp_path}/.ssh/authorized_keys", "~/.ssh/authorized_keys", "./authorized_keys"):
        asked = validation.checked(Options(public_key=f"{name}\ngithub:octocat"))
        assert with_key_files(asked).public_key == f"{one}\n{other}\ngithub:octocat"


@pytest.mark.parametrize("kind", PRIVATE)
def test_the_file_of_a_private_key_is_refused_and_nothing_of_it_is_repeated(
    tmp_path: Path, kind: str
) -> None:
    path = keygen(tmp_path, *PRIVATE[kind])
    with pytest.raises(ColabWidgetError) as raised:
        with_key_files(validation.checked(Options(public_key=str(path))))
    assert raised.value.code == "public_key_private"
    said = f"{raised.value!r}{raised.value.info}{raised.value.__cause__}"
    assert not [line for line in path.read_text().splitlines()[1:-1] if line and line in said]
