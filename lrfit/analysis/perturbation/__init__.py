"""What a trajectory does not tell, and a push does: networks pushed on and off their trajectory.

driven       a network with its input: a field that depends on time
exponents    rates at which neighbours of a trajectory come back or leave
"""
