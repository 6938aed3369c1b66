"""What goes wrong on Colab."""


class Error(Exception):
    """The base of Colab's errors."""
