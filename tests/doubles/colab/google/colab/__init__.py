"""A stand-in for what Colab installs as google.colab, as far as colabwidget and notebooks use it.

Like the real one it is loaded as an extension of IPython when the kernel starts, and asks the
notebook's page over the kernel's own channels; a test plays the page. Written after the public
interface in https://github.com/googlecolab/colabtools.
"""

from google.colab import drive, output, userdata

__all__ = ["drive", "output", "userdata"]


def load_ipython_extension(ipython):
    """Be loaded at the kernel's start, as on Colab."""
