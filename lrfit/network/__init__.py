"""The network: its equation in latent and full form, and its trajectories.

trials: many at once, each with its own input; output: reading a state that is not the latent one.

Legend: z latent state (D), u input and v filtered input (U), x currents of the neurons;
M loadings, N readout, B input weights, b bias, c center, C direct input, tau time constant.
"""
