"""What the form may ask for, and what is said when it cannot be done."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.tunnels import validation
from colabwidget.tunnels.registry import BUILT_IN

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
NAMES = list(Options().as_dict())
TEXTS = [name for name, value in Options().as_dict().items() if isinstance(value, str)]


def refused(**values: Any) -> ColabWidgetError:
    with pytest.raises(ColabWidgetError) as raised:
        validation.checked(Options(**values))
    return raised.value


def test_the_preset_is_ssh_through_ngrok_as_colab() -> None:
    options = validation.checked(Options())
    assert options == Options("ngrok", "", True, False, "", "colab", "")


@pytest.mark.parametrize("region", ["", "us", "us-cal-1", "eu", "ap", "au", "sa", "jp", "in"])
def test_every_region_of_ngrok_can_be_chosen(region: str) -> None:
    assert validation.checked(Options(region=region)).region == region


@pytest.mark.parametrize("user", ["", "colab", "root", "_apt", "a", "a-b_9", "x" * 32])
def test_account_names_of_every_good_shape_are_taken(user: str) -> None:
    assert validation.checked(Options(user=user)).user == user


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"tunnel": "frp"}, "tunnel_unknown", "tunnel"),
        ({"tunnel": ""}, "tunnel_unknown", "tunnel"),
        ({"region": "mars"}, "region_unknown", "region"),
        ({"region": "EU"}, "region_unknown", "region"),
        ({"ssh": False}, "nothing_chosen", "ssh"),
        ({"ssh": False, "desktop": True}, "desktop_needs_ssh", "desktop"),
        ({"geometry": ""}, "geometry_invalid", "geometry"),
        ({"geometry": "1600"}, "geometry_invalid", "geometry"),
        ({"geometry": "1600x"}, "geometry_invalid", "geometry"),
        ({"geometry": "1600x900\n"}, "geometry_invalid", "geometry"),
        ({"geometry": "319x900"}, "geometry_invalid", "geometry"),
        ({"geometry": "1600x8193"}, "geometry_invalid", "geometry"),
        ({"geometry": "-1x-1"}, "geometry_invalid", "geometry"),
        ({"depth": 8}, "depth_invalid", "depth"),
        ({"depth": 0}, "depth_invalid", "depth"),
        ({"vnc": "realvnc"}, "vnc_unknown", "vnc"),
        ({"vnc": ""}, "vnc_unknown", "vnc"),
        ({"user": "@corp"}, "user_invalid", "user"),
        ({"user": "-rf"}, "user_invalid", "user"),
        ({"user": "a b"}, "user_invalid", "user"),
        ({"user": "a\n"}, "user_invalid", "user"),
        ({"user": "a:b"}, "user_invalid", "user"),
        ({"user": "../x"}, "user_invalid", "user"),
        ({"user": "müller"}, "user_invalid", "user"),
        ({"user": "x" * 65}, "user_invalid", "user"),
        ({"public_key": "hello"}, "public_key_broken", "public_key"),
        ({"mount_gdrive_to": "/drive"}, "drive_folder_invalid", "mount_gdrive_to"),
        ({"mount_gdrive_to": "~/drive"}, "drive_folder_invalid", "mount_gdrive_to"),
        ({"mount_gdrive_to": "../drive"}, "drive_folder_invalid", "mount_gdrive_to"),
        ({"mount_gdrive_to": "a//b"}, "drive_folder_invalid", "mount_gdrive_to"),
        ({"mount_gdrive_to": "a/./b"}, "drive_folder_invalid", "mount_gdrive_to"),
        ({"mount_gdrive_to": "a/ /b"}, "drive_folder_invalid", "mount_gdrive_to"),
        ({"mount_gdrive_to": "a\0b"}, "text_invalid", "mount_gdrive_to"),
        (
            {"mount_gdrive_to": "drive", "mount_gdrive_from": "My Drive/../.."},
            "drive_folder_invalid",
            "mount_gdrive_from",
        ),
        (
            {"mount_gdrive_to": "drive", "mount_gdrive_from": "/etc"},
            "drive_folder_invalid",
            "mount_gdrive_from",
        ),
        ({"mount_gdrive_from": "My Drive"}, "drive_folder_invalid", "mount_gdrive_to"),
    ],
)
def test_each_bad_input_names_its_field(values: dict[str, Any], code: str, field: str) -> None:
    error = refused(**values)
    assert (error.code, error.info["field"]) == (code, field)
    assert "{" not in "".join(map(str, error.info.values()))


def test_what_was_meant_is_named() -> None:
    assert "'mars'" in refused(region="mars").info["title"]
    assert "us, us-cal-1, eu" in refused(region="mars").info["cause"]
    assert "ngrok, cloudflare, relay, direct" in refused(tunnel="frp").info["cause"]
    assert len(refused(user="x" * 5000).info["title"]) < 100


@pytest.mark.parametrize("geometry", ["320x240", "1600x900", "8192x8192"])
def test_sizes_of_desktops(geometry: str) -> None:
    assert validation.checked(Options(desktop=True, geometry=geometry)).geometry == geometry


OTHER = "It has other options than you chose:"


@pytest.mark.parametrize(
    ("there", "asked", "differences"),
    [
        (
            {"tunnel": "none"},
            {"tunnel": "direct"},
            "It is open inside this notebook only, and you asked for SSH.",
        ),
        (
            {"tunnel": "direct"},
            {"tunnel": "none"},
            "It can be reached by SSH, and you asked for a desktop in this notebook only.",
        ),
        ({"tunnel": "none"}, {"tunnel": "none", "desktop": True}, ""),
        ({}, {"desktop": True, "geometry": "800x600"}, ""),
        ({"desktop": True}, {"geometry": "800x600", "vnc": "tigervnc"}, ""),
        ({"desktop": True}, {"desktop": True}, ""),
        (
            {"desktop": True},
            {"desktop": True, "geometry": "800x600"},
            f"{OTHER} geometry 1600x900.",
        ),
        ({"desktop": True}, {"desktop": True, "depth": 16}, f"{OTHER} depth 24."),
        ({"desktop": True}, {"user": "other"}, f"{OTHER} user colab."),
        ({}, {"ssh": False, "region": "eu"}, f"{OTHER} region automatic, ssh on."),
    ],
)
def test_a_desktop_can_be_added_but_not_be_made_another(
    there: dict[str, Any], asked: dict[str, Any], differences: str
) -> None:
    assert Options(**there).differences(Options(**asked)) == differences


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("My Drive/data/", "My Drive/data"),
        ("/content/drive/MyDrive/a, b", "MyDrive/a, b"),
        ("/content/drive", ""),
        ("Zeichnungen für später", "Zeichnungen für später"),
    ],
)
def test_a_folder_of_the_drive_may_be_copied_from_the_file_browser(given: str, meant: str) -> None:
    options = validation.checked(Options(mount_gdrive_to=" drive/ ", mount_gdrive_from=given))
    assert (options.mount_gdrive_to, options.mount_gdrive_from) == ("drive", meant)
    assert validation.checked(options) == options


def test_another_place_of_the_drive_is_another_session() -> None:
    there, asked = Options(mount_gdrive_to="drive"), Options(mount_gdrive_from="x")
    assert there.differences(asked) == f"{OTHER} Google Drive in drive, all of Google Drive."
    assert Options().differences(there) == f"{OTHER} Google Drive in no folder."


def test_a_tunnel_without_regions_leaves_the_form_s_region_aside() -> None:
    assert validation.checked(Options(tunnel="direct", region="eu")).region == ""


def test_checking_twice_changes_nothing_more() -> None:
    given = Options(tunnel="direct", region="eu", user="someone", address="10.0.0.1")
    options = validation.checked(given)
    assert validation.checked(options) == options


def test_options_travel_as_a_table() -> None:
    options = Options("direct", "", True, False, "", "someone", "127.0.0.1")
    assert Options.from_dict(options.as_dict()) == options
    assert Options.from_dict({}) == Options()


@pytest.mark.parametrize(
    "wrong", [None, [], "ngrok", 1, {"tunnel": None}, {"ssh": 1}, {"ssh": "yes"}]
)
def test_what_is_no_table_of_options_is_refused(wrong: object) -> None:
    with pytest.raises(ColabWidgetError) as raised:
        Options.from_dict(wrong)
    assert raised.value.code == "options_invalid"


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(ColabWidgetError) as raised:
        Options.from_dict({"tunel": "ngrok"})
    assert "'tunel'" in raised.value.info["cause"]


@given(JSON | st.dictionaries(st.sampled_from(NAMES) | st.text(), JSON, max_size=5))
def test_garbage_is_understood_or_refused_and_nothing_else(garbage: object) -> None:
    try:
        validation.checked(Options.from_dict(garbage))
    except ColabWidgetError as error:
        assert error.info["title"]


@given(st.fixed_dictionaries({}, optional={name: st.text() for name in TEXTS}))
def test_texts_of_any_kind_are_understood_or_refused(values: dict[str, str]) -> None:
    try:
        options = validation.checked(Options.from_dict(values))
    except ColabWidgetError:
        return
    # Whatever gets through stays one line: it goes into files that have lines.
    for name in (
        "tunnel",
        "region",
        "user",
        "geometry",
        "vnc",
        "mount_gdrive_to",
        "mount_gdrive_from",
    ):
        assert "\n" not in getattr(options, name)
    assert all(line.isprintable() for line in options.public_key.splitlines())


def test_the_form_knows_of_every_tunnel_what_it_shows() -> None:
    for name, spec in BUILT_IN.items():
        assert spec.name == name
        assert spec.title and spec.hint.endswith(".")
        assert bool(spec.token_url) == spec.needs_token
        assert bool(spec.token_secret) == spec.needs_token
        for field in spec.fields:
            assert field["name"] in Options().as_dict()
        assert not spec.regions or spec.regions[0]["value"] == ""
