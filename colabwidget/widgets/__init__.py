"""The widgets: what a notebook saves of them."""
