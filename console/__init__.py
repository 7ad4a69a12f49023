"""What a person asks at a terminal, with credentials of their own; not a part of the provider."""
