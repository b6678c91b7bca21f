"""What random errors in the weights do: stress(), its result and its command.

study            perturbed networks in closed loop, and how far they are from the unperturbed one
result           Stress, with an Effect for every kind and size of error
stress           stress(), the function that users and the command call
view, command    what is said about a stress test; `lrfit stress`
"""
