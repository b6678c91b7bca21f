"""The network: its equation in latent and full form, and its trajectories.

Legend: z latent state (D), u input and v filtered input (U), x currents of the neurons;
M loadings, N readout, B input weights, b bias, c center, C direct input, tau time constant.
"""
