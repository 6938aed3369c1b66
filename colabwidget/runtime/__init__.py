"""What the backend works with: processes, services, steps, the journal, apt and downloads."""
