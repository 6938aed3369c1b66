"""What a form offers, as it travels to a page."""

from typing import TypedDict


class Choice(TypedDict):
    """A value that an option can have."""

    value: str
    title: str


class ClientProgram(TypedDict):
    """A program that a client needs beside ssh; ``ways`` are how to get it, by system."""

    name: str
    ways: list[Choice]
    link: str
