"""How neurons become a field: arrays in, arrays out; no files, no printing, no networks.

noise_price            what an error is, with the price of neural noise
readout                what a regression returns, and what it may choose
least_squares          the readout of given neurons, by QR
greedy                 which of many random neurons to take (features, scores, selection,
                       lookahead, foresight, span, threads: its parts)
random_subset          the neurons that chance would take
elimination            the weights of given neurons eliminated, for many starts at once
variable_projection    the error as a function of the neurons' own parameters
                       (shared_leak: the leak and the outputs eliminated from it)
constraints            structure that neurons must have: steps that keep it
minimax                the same by the largest error instead of the mean
refine                 moving those parameters
"""
