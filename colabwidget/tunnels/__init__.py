"""Tunnels: what makes a local port reachable, one folder a provider."""
