"""Is a system sound, and what can a network of it reach?

cures            what would lift an error floor, measured by quick fits
check            check() and its result; the function that users and the command call
view, command    what is said about a checked system; `lrfit check`
"""
