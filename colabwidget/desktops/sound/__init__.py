"""The sound of a desktop: PulseAudio for the session's account, and what records it."""
