"""What users call, from Python and from the command line: friendly, thin, over everything else.

target          any target becomes a System, options by name become FitOptions
fitting         fit(), minimize()
simulation      simulate(), sample()
checking        check(): soundness, cost, and what no network of the kind can reach
stressing      stress(): random errors in the weights, in closed loop
certification   certify(): a bound on the error over the whole box
degeneracy      degenerate(): one trajectory, several networks
perturbing      perturb(): what pushes tell about networks that share a trajectory
scoring         score(): fresh trials of a task
plotting        plot(): the right figure of anything
reporting, report_text, report_dynamics   report(): one HTML page about a network
cost            memory, said before the work

Every function takes a target in any form (a `System`, a file, the name of a sample system, a
Python function with its domain) and options by name, as on the command line; what is not given
comes from the system's file, then from the program's defaults. `lrfit` has them all.
"""
