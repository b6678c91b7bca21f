"""Room: the smallest network that does what a trained network does.

    original        the trained network and its task, in the units of the task's trials
    activity        recorded rates and inputs in place of a network
    latent          its projection on components of its recurrent activity
    lint            a low-rank network trained on its rates
    ranks           the smallest rank whose trials are right; what other methods need
    coordinates     whitened latent coordinates, turned to the outputs; the latent field in them
    space           training trials in them, and what is fitted there
    field_samples   samples of it on the trajectories and around them
    small           small networks fitted to it, and their outputs
    closed_loop     tuning on the outputs of the trained network
    search          the fewest neurons
    alignment       the small network in the latent coordinates of the trained one
    states          stable states of both networks
    described       what the file says of the small network beside the trained one
    figures         relative loss, right trials, R2
    units           back to the user's units
    options, reduce, command
                    what may be chosen; reduce(), for users; `lrfit reduce`

Symbols: x = h + B v currents, their recurrent part, and filtered inputs; q latent states of a
model of n neurons, y the same in whitened coordinates; R = L rank; K outputs; T steps, P trials.
"""
