"""The story of `make demo`: releases that succeed, and three that fail, through the real `sam`."""
