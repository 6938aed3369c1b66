"""What is drawn: VNC servers, desktop environments and OpenGL."""
