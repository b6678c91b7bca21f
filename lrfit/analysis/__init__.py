"""What came out, and what could have: analyses of targets and networks.

field_error    how far a network's field is from its target's, on a test set
symmetry       what no network of a kind can reach: the error floor (unreachable: the parts that
               are missed; parity_proof: what needs no quadrature)
rounding       the network with shorter weights
stress         what random errors in its weights do, in closed loop
structure      where a target is odd; whether a network has the structure asked for
lag            what the membrane's low-pass does to inputs
score          a network in fresh trials of its task

perturbation   what pushes tell about networks that share a trajectory
certify        a guaranteed bound on the error over the whole box
"""
