"""Backends, real and fake, and the clients that speak to them."""
