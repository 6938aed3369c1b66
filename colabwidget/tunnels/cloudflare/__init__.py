"""Cloudflare's quick tunnels."""
