"""Mixtures: the distribution of a network's connectivity, and the dynamics that follow from it.

loadings     what a neuron is to its network: the point (m, nu, B, b)
covariances  whether a matrix is one, and the smallest variance that covariances allow
blocks       means and covariances of loadings, written block by block
mixture      the value: populations of neurons with Gaussian loadings, and networks drawn from them
symmetry     orbits of populations and of neurons under a group
averages     averages of a nonlinearity over a Gaussian argument
mean_field   the field of infinitely many neurons, its derivatives, and the scatter of finite ones
from_file    `populations:` of a system file becomes a mean field
as_text      a mixture as the text of a system file
"""
