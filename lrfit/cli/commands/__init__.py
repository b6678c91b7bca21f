"""Commands that belong to no room: the sample systems, grids, and any lrfit file."""
