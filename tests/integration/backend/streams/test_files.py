"""Files that a page sends and fetches, by a real backend's transfer process."""

from __future__ import annotations

import hashlib
import io
import os
import random
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit.backend.files_page import FilesPage, block_hashes
from tests.kit.backend.wire import Spawned
from tests.kit.waiting import eventually

MB = 1024 * 1024
# Names that break what quotes, splits or encodes them.
ODD = [
    *("with space", "a'b\"c", "new\nline", "-rf", "$(id)", "%2e%2e", "tab\there", "a\\b", "*"),
    *(
        "\u202egnp.exe",
        "\u0645\u0644\u0641.txt",
        "\u05e7\u05d5\u05d1\u05e5",
        "e\u0301",
        "\U0001f600",
    ),
    *(".hidden", "...", "~", "a" * 255, "C:", "nul"),
]

Page = Callable[..., FilesPage]


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """The notebook's folder, beside what is none of its pages' business."""
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


@pytest.fixture
def page(backend: Spawned, top: Path) -> Iterator[Page]:
    pages: list[FilesPage] = []

    def make(job: str = "job") -> FilesPage:
        pages.append(FilesPage(top, job))
        return pages[-1]

    yield make
    for each in pages:
        each.close()


def left(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir()) if folder.exists() else []


def test_a_file_arrives_whole(page: Page, top: Path) -> None:
    data = random.Random(1).randbytes(3 * MB + 5)
    one = page()
    assert one.hello["folder"] == str(top)
    assert one.put(["a b.bin"], data) == {"type": "done", "n": 1, "name": "a b.bin"}
    assert hashlib.sha256((top / "a b.bin").read_bytes()).digest() == hashlib.sha256(data).digest()
    assert left(top) == ["a b.bin"]
    one.file(["empty"], 0, n=2, at=0)
    assert one.next() == {"type": "done", "n": 2, "name": "empty"}
    one.file(["sub", "deeper", "x"], 1, n=3, at=0)
    one.data(b"x")
    assert one.next()["type"] == "done"
    assert (top / "sub" / "deeper" / "x").read_text() == "x"
    one.frames.send({"op": "folder", "n": 4, "path": ["none", "in it"]})
    assert one.next()["type"] == "done"
    assert (top / "none" / "in it").is_dir()
    one.frames.send({"op": "end"})
    assert one.next() == {"type": "end"}
    assert one.frames.next() is None

    there = page().show()
    assert there["count"] == 4
    assert [each["name"] for each in there["entries"]] == ["none", "sub", "a b.bin", "empty"]
    assert there["entries"][2]["size"] == len(data)


def test_odd_names_arrive_as_they_are_and_come_back(page: Page, top: Path) -> None:
    one = page()
    one.begin_put()
    for number, name in enumerate(ODD):
        one.file([name, name], 3, n=number, at=0)
        one.data(b"abc")
        assert one.next() == {"type": "done", "n": number, "name": name}
    assert left(top) == sorted(ODD)
    assert {each["name"] for each in page("list").show()["entries"]} == set(ODD)
    for name in ODD:
        first, data, last = page("get").get(name, name)
        assert (first["name"], data, last["type"]) == (name, b"abc", "end")
    _, data, last = page("zip").get()
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert last["left_out"] == 0
    assert {f"{name}/{name}" for name in ODD} <= {*archive.namelist()}
    assert archive.testzip() is None


@pytest.mark.parametrize(
    "path",
    [[".."], ["..", "x"], ["a", "..", "..", "x"], ["/etc/x"], ["a/../../x"], ["."], [""], ["a\0b"]],
)
def test_no_name_leads_out_of_the_folder(page: Page, top: Path, path: list[str]) -> None:
    answer = page().put(path, b"x")
    assert (answer["type"], answer["code"]) == ("failed", "name")
    assert page("list").show(*path)["code"] == "name"
    assert page("get").get(*path)[2]["code"] == "name"
    assert left(top.parent) == ["folder", "secret"]
    assert left(top) == []


def test_no_link_is_followed(page: Page, top: Path) -> None:
    outside = top.parent / "outside"
    outside.mkdir()
    (top / "way").symlink_to(outside)
    (top / "up").symlink_to("..")
    (top / "read").symlink_to("../secret")
    (top / "nowhere").symlink_to("../made")
    os.mkfifo(top / "pipe")
    for number, path in enumerate((["way", "x"], ["up", "x"], ["way", "sub", "x"])):
        assert page(f"{number}").put(path, b"x")["code"] == "link"
    for number, path in enumerate((["read"], ["up", "secret"], ["way"], ["pipe"])):
        _, data, last = page(f"get{number}").get(*path)
        assert (last["type"], last["code"], data) == ("failed", "link", b""), path
    kinds = {each["name"]: each["kind"] for each in page("list").show()["entries"]}
    assert kinds == {**dict.fromkeys(("way", "up", "read", "nowhere"), "link"), "pipe": "other"}
    assert page("up").show("up")["code"] == "link"
    _, data, last = page("zip").get()
    assert last["left_out"] == 5
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == []
    # A link makes room, and what it leads to stays.
    assert page("over").put(["nowhere"], b"new", on="replace")["type"] == "done"
    assert page("over").put(["read"], b"new", on="replace")["type"] == "done"
    assert (top / "read").read_text() == "new"
    assert (top.parent / "secret").read_text() == "secret"
    assert left(top.parent) == ["folder", "outside", "secret"]
    assert left(outside) == []


def test_files_that_are_there_are_asked_about(page: Page, top: Path) -> None:
    (top / "a.txt").write_text("old")
    (top / "a.txt").chmod(0o750)
    (top / "sub").mkdir()
    one = page()
    assert one.put(["a.txt"], b"new")["code"] == "exists"
    assert (top / "a.txt").read_text() == "old"
    one.file(["a.txt"], 3, n=2, on="skip", at=0)
    one.data(b"new")
    assert one.next()["code"] == "skipped"
    one.file(["a.txt"], 3, n=3, on="keep", at=0)
    one.data(b"new")
    assert one.next()["name"] == "a (1).txt"
    one.file(["a.txt"], 3, n=4, on="replace", at=0)
    one.data(b"now")
    assert one.next()["name"] == "a.txt"
    assert (top / "a.txt").read_text() == "now"
    assert (top / "a.txt").stat().st_mode & 0o777 == 0o750
    one.file(["sub"], 3, n=5, on="replace", at=0)
    one.data(b"now")
    assert one.next()["code"] == "in_the_way"
    assert left(top) == ["a (1).txt", "a.txt", "sub"]


def test_a_file_that_comes_meanwhile_is_not_overwritten(page: Page, top: Path) -> None:
    one = page()
    one.begin_put()
    one.file(["a"], 6, at=0)
    one.data(b"abc")
    eventually(lambda: len(left(top)) == 1)
    (top / "a").write_text("theirs")
    one.data(b"def")
    assert one.next()["code"] == "exists"
    assert (top / "a").read_text() == "theirs"
    # The answer costs no second transfer.
    one.file(["a"], 6, n=2, on="keep")
    assert one.next()["at"] == 6
    one.frames.send({"op": "from", "at": 6})
    assert one.next()["name"] == "a (1)"
    assert (top / "a (1)").read_text() == "abcdef"
    assert left(top) == ["a", "a (1)"]


def test_an_upload_goes_on_where_it_was_lost(page: Page, top: Path) -> None:
    data = random.Random(2).randbytes(9 * MB)
    one = page()
    one.begin_put()
    one.file(["a"], len(data), at=0)
    one.data(data[: 8 * MB + 1000])

    def come() -> int:
        return sum((top / name).stat().st_size for name in left(top))

    eventually(lambda: come() == 8 * MB + 1000)
    # The line is lost, which this end does not hear of.
    two = page()
    two.begin_put()
    two.file(["a"], len(data))
    have = two.next()
    assert have["type"] == "have"
    assert have["at"] == 8 * MB + 1000
    assert have["hashes"] == block_hashes(data[: have["at"]], have["block"])
    two.frames.send({"op": "from", "at": 8 * MB})
    two.data(data[8 * MB :])
    assert two.next()["type"] == "done"
    assert (top / "a").read_bytes() == data
    assert left(top) == ["a"]


@pytest.mark.parametrize("on", ["ask", "skip", "replace", "keep"])
def test_a_file_whose_answer_was_lost_is_known_as_the_upload_s_own(
    page: Page, top: Path, on: str
) -> None:
    (top / "b").write_text("theirs")
    name = {"replace": "b", "keep": "b (1)"}.get(on, "a")
    asked = "b" if name.startswith("b") else "a"
    assert page().put([asked], b"new", on=on)["name"] == name
    before = {each.name: each.read_text() for each in top.iterdir()}
    # The answer has not come, nor does this one's.
    for _ in range(2):
        again = page()
        again.begin_put()
        again.file([asked], 3, on=on)
        assert again.next() == {"type": "done", "n": 1, "name": name}
    assert {each.name: each.read_text() for each in top.iterdir()} == before

    # Of another upload, it is another file.
    other = page("other")
    other.begin_put()
    other.file([asked], 3, on="ask")
    assert other.next()["code"] == "exists"
    # One that was removed is sent again.
    (top / name).unlink()
    last = page()
    last.begin_put()
    last.file([asked], 3, on="replace")
    assert last.next()["type"] == "have"


def test_what_is_cancelled_is_removed_and_what_ends_there_is_kept_for_a_while(
    page: Page, top: Path
) -> None:
    one = page()
    one.begin_put()
    one.file(["sub", "a"], 100, at=0)
    one.data(b"abc")
    eventually(lambda: len(left(top / "sub")) == 1)
    # Another page that sends the same is told so.
    other = page("other")
    other.begin_put()
    other.file(["sub", "a"], 100)
    assert other.next()["code"] == "busy"
    assert page("look").show("sub")["entries"] == [], "a partial is not shown"
    again = page()
    again.begin_put()
    again.frames.send({"op": "drop", "n": 1, "path": ["sub", "a"], "size": 100, "modified": 7})
    assert again.next()["type"] == "dropped"
    assert left(top / "sub") == []

    stale = top / f".colabwidget-{'0' * 24}.part"
    stale.write_text("x")
    os.utime(stale, (1, 1))
    assert page("later").put(["b"], b"x")["type"] == "done"
    assert left(top) == ["b", "sub"]


def test_a_download_goes_on_where_it_was_lost(page: Page, top: Path) -> None:
    data = random.Random(3).randbytes(2 * MB)
    (top / "a").write_bytes(data)
    (top / "folder").mkdir()
    for number in range(20):
        (top / "folder" / f"{number}").write_bytes(data[number * 10_000 :][: number * 5000])
    for path in (["a"], ["folder"]):
        first, whole, last = page("1").get(*path)
        assert last["type"] == "end"
        again, rest, _ = page("2").get(*path, at=700_000, etag=first["etag"])
        assert again["at"] == 700_000
        assert rest == whole[700_000:]
    assert zipfile.ZipFile(io.BytesIO(whole)).testzip() is None
    (top / "a").write_bytes(data[::-1])
    again, rest, _ = page("3").get("a", at=700_000, etag=first["etag"])
    assert again["at"] == 0, "it is another file"
    assert rest == data[::-1]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk, which takes root")
def test_a_full_disk_is_told_and_leaves_nothing(page: Page, top: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(top)], check=True)
    try:
        answer = page().put(["large"], bytes(3 * MB))
        assert answer["code"] == "full"
        assert answer["needed"] == 3 * MB
        assert answer["free"] <= 2 * MB
        assert left(top) == []
        # Another program takes the room meanwhile.
        one = page("late")
        one.begin_put()
        one.file(["a"], 3 * MB // 2, at=0)
        eventually(lambda: len(left(top)) == 1)
        (top / "theirs").write_bytes(bytes(MB))
        one.data(bytes(3 * MB // 2))
        assert one.next()["code"] == "full"
        assert left(top) == ["theirs"]
        # What comes behind it is another file's.
        one.file(["b"], 3, n=2, at=0)
        one.data(b"abc")
        assert one.next()["type"] == "done"
        assert (top / "b").read_text() == "abc"
    finally:
        subprocess.run(["umount", "--lazy", str(top)], check=True)
