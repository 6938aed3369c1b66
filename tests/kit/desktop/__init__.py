"""What is drawn on a desktop, and a viewer that looks at it."""
