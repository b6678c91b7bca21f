"""Simulations for users: simulate() and sample(), trajectory files, the command."""
