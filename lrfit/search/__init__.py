"""The composers: fit() and minimize(), above everything they use.

setting      samples, scales and bounds that all methods share
drive        how inputs reach the network: at once, through neurons, or both
select       random neurons: least squares, greedy selection, random subsets
explore      the smallest network: sweeps from above, then effort below the best size
points       which points it looks at
confirmed    the networks that passed the final solve
effort       how much work a search may do, and what it did
tasks        the same cut into pure functions, for worker processes
moves        how new networks are proposed
population   the networks in hand at every size
problem      from a setting to the arrays of the refinement
assemble     the last step of every method: final solve, report, `Fit`
emphasis     samples where the target's dynamics are decided, for those searches
deadline     a time limit for a whole command
faithful     searches until a network has the dynamics of its target
judge        the quick look at the dynamics of every fit, which never loses it
degenerate   several networks that produce one trajectory by different dynamics
cures        what lifts an error floor, measured by quick fits
fit, minimize, options, result, progress: what callers see
"""
