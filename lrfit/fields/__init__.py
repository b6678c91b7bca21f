"""Velocity fields over a box: of expressions, samples, a map; their derivatives and bounds."""
