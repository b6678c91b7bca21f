"""The smallest network: fit() and minimize(), their options, result, file and commands."""
