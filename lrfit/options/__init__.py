"""Options that are declared once.

declare           an option as a field of a dataclass: its kind, default, help and flag
kinds             kinds of values: what may be given as text, in a document, in Python, in a file
text_values       from the text of an option to its value
document_values   from a value in a YAML document to the value of an option

From one declaration come the flag of the command line, the key of a system.yaml, the check of what
is given in Python, and the attribute of a file.
"""
