"""How neurons become a field: arrays in, arrays out; no files, no printing, no networks.

noise_price            what an error is, with the price of neural noise
readout                what a regression is given beside the neurons (`ReadoutProblem`), what it may
                       choose, and what it returns
least_squares          the readout of given neurons, by QR
greedy                 which of many random neurons to take (features, scores, selection,
                       lookahead, foresight, span, threads: its parts)
random_subset          the neurons that chance would take
problem                what refinement is given: rows of samples, prices, bounds, structure
elimination            the weights of given neurons eliminated, for many starts at once
variable_projection    the error as a function of the neurons' own parameters
                       (shared_leak: the leak and the outputs eliminated from it)
constraints            structure that neurons must have: steps that keep it
minimax                the same by the largest error instead of the mean
refine                 moving those parameters, and why it ended (`Status`)
kernel                 both of these compiled, for tanh (kernel.c; kernel_build: its compilation;
                       kernel_library: whether there is one that can be used)

Solvers are functions of a problem, of what varies (activities, or parameters of neurons) and of
options. They return values with statistics and a status; none of them draws random numbers of its
own (`random_subset` takes a generator). `evaluate` of `variable_projection` and `refine` hand what
the compiled kernel covers to `kernel`; NumPy does everything else.
"""
