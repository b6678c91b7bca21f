"""Which populations neurons belong to: the mixture that its neurons' loadings were drawn from.

features        loadings as points of one scale, and back
expectation     mixtures with all means at 0, by expectation and maximisation
clustering      mixtures of either kind, and which neuron belongs to which population
stability       how far mixtures of subsamples agree, and the number of populations it speaks for
full_rank       a low-rank network from the connectivity of a full-rank one
subject         what the user gave: the network, its loadings, and what judges networks like it
judges          right trials or the verdict on the dynamics
resampling      networks drawn from a mixture, as they are and with N fitted again
gains           gains of the populations and the drive of inputs through them, by context
options, result, populations
                what may be chosen; Populations; populations(), for users
view, command   what is said about populations; `lrfit populations`
"""
