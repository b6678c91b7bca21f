"""With what: the nonlinearities, and neurons as basis functions over the box.

nonlinearity    phi, its slope, parity and homogeneity
basis           drawing random neurons; their activity at samples
enclosure       what neurons can do anywhere in a box of states
"""
