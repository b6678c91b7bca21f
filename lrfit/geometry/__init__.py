"""Where activity varies: the recurrent subspace, the input-driven one, and what tonic inputs move.

parts           activity taken apart: currents, the directions of recurrence and of inputs
sources         parts of a network, of a trajectory, of recorded activity
shares          shares of variance, principal angles, shifts of the recurrent plane
result          Subspaces
subspaces       subspaces(), the function that users and the command call
view, command   what is said about subspaces; `lrfit subspaces`
"""
