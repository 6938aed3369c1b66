"""The notebook's own server as the way in."""
