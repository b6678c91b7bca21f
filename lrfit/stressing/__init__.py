"""What random errors in the weights do: stress(), its result and its command.

draws            networks with random errors in their weights, stacked
march            their trajectories, side by side
study            how far they are from the network without errors
shares           which neurons the error comes from, to first order
result           Stress, with an Effect for every kind and size of error
stress           stress(), the function that users and the command call
view, command    what is said about a stress test; `lrfit stress`
"""
