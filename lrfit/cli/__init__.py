"""The command line: the only room that knows a terminal.

main         entry point: signals first, one place that catches exceptions
app, declare, flags, values     the grammar: commands from functions and option groups
commands     one module each: parse, call, print or write
output, console, sketch     where results go; what a person sees; networks in characters
failures, signals   exit codes, one line per error; interrupts

Nothing heavy, not even numpy, is imported before the options of a command are parsed.
"""
