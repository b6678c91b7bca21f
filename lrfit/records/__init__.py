"""Results in files and as JSON, and where a file comes from.

kinds        the kinds of files, each declared once
store        save() and load() of any of them; nothing else here opens a file
codec        one codec for all results: a dataclass <-> a group, by its annotations
annotated    what the annotation of a field means for a file
forms, part_forms, rows     how a field of each kind of annotation is held
told         a result as a JSON object
result_file  the root of the file of a result
provenance   who wrote it, with what, by which commands; encoding types and versions
system_group, simulation_group, box, grid_file     targets in files
subject      from what a user gives as a network to the network and its system
view         what is said about where a file comes from

A tree is `lrfit.io.tree.Group`.
"""
