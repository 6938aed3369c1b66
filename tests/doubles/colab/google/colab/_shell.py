"""Loaded where Colab runs the kernel, and only there."""
