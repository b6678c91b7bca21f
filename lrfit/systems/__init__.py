"""Target systems: a field with everything a user said about it, and samples of it."""
