"""Input signals u(t): constants, expressions of time, and samples."""
