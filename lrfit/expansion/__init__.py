"""Room: a network of any number of neurons, which keeps its dynamics when weights are wrong.

    samples        points of the box and around attractors, where the field is slow as well
    populations    populations of equal neurons, refined under the price that wrong weights have
    heterogeneity  neurons of a population made different, and their readout solved again
    gaussian       averages over Gaussian populations, and their derivatives
    gaussian_populations  these populations as numbers that a search moves
    projection     their priced error, with readouts at their best
    mixture_search starts, and steps to the least error
    from_data      the mixture that is fitted to a target, and a network drawn from it
    sampled        a network drawn from a mixture
    options        what the user may choose
    expand         the function for users: populations become neurons, which are measured
    command        `lrfit expand`

Place in the flow: a network, or a system, goes in; a `Fit` comes out, whose network says which
population each of its neurons belongs to.
"""
