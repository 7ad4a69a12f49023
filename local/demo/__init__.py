"""The story of `make demo`: two releases, a failed one, and the end, through the real `sam`."""
