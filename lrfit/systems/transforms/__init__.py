"""Systems made from systems: copies of inputs, and a shifted latent state."""
