"""Room: a network made right in closed loop, on trials of a task or trajectories in its box.

    trials          what is run: initial states, inputs of every step, the target's states
    weights         the numbers that are tuned, as one vector, and what keeps their structure
    weighted        the equations with the weights of every trial, and their derivatives
    closed_loop     trajectories, and their derivatives by every weight
    levenberg       steps of Levenberg and Marquardt, until validation trials say to stop
    plan, judged    what is settled before the first step; what is measured after the last one
    tune            the function, and what it reports
    sizes, smallest the smallest network that is right on trials, after tuning

Place in the flow: a `Fit` goes in, and one whose weights were tuned comes out.
"""
