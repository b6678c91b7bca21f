"""What is written: network, trajectory, grid and certificate files, with versions.

network_file, trajectory_file, grid_file, certificate_file, analysis_file, stress_file,
degeneracy_file, perturbation_file, score_file
             one kind of file each: value -> tree -> value
report_group, system_group, simulation_group, options_group, box     the groups they are made of
provenance   who wrote it, with what, by which commands; encoding types and versions
store        save() and load() of any of them

A tree is `lrfit.io.tree.Group`; nothing here opens a file but `store`.
"""
