"""What `lrfit.analyze` says about 212 well-known systems, beside facts measured by other means.

atlas.yaml   the systems and their facts; its head says what each kind of fact holds
entries      a system of the atlas as a document that lrfit reads; constant inputs of its facts
claims       run in a process of its own: what `lrfit.analyze` says, as plain values
answers      starts that process with a limit of processor time, and reads what it wrote
rest         facts about fixed points, sets of them and basins: found, missed or contradicted?
motion       facts about cycles, exponents, chaotic sets and conserved quantities
verdicts     every fact of one system against the claims

The part `atlas` (`python -m benchmarks atlas`) measures and tabulates.
"""
