"""How well a network does a task: score(), its result and its command.

study            errors and right answers of runs
result           Score
trained          the same of trained networks, by the judge of learning
score            score(), the function that users and the command call
view, command    what is said about a score; `lrfit score`
"""
