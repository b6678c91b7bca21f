"""Is a system sound, and what can a network of it reach: check() and its command."""
