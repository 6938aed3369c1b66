"""A desktop that moves: H.264 rectangles in the stream that goes to a page's noVNC."""
