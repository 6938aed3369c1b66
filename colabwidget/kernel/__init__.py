"""What runs in the notebook's kernel between pages and the backend."""
