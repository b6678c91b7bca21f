"""Other people's methods, each behind a plain function; a missing package is said, not hidden."""
