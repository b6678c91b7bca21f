"""Trajectories of networks and systems: what is done to them, noise, trials."""
