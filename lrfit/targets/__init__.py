"""WHAT the network must do: target fields, their descriptions, and samples of them.

system, load         what a user names -> System; sample systems by name in `library`
yaml_system, schema  system.yaml, its keys in `schema`, their values in `schema_types`
expressions          formulas -> velocity, exact derivatives, parity
sampled_file, grid   HDF5 grids and scattered samples: read, and written
interpolation        between measured points; scattered ones in `scattered`
callable_field       Python functions as targets
shifted, copied      the latent systems of gated and of copied inputs
field                the one interface of all of them, the box, box units
sampling             System -> training, validation and test sets; where, in `places`;
landmarks            places where a target's dynamics are decided
measured points (`data`) are held out in blocks (`held_out`)
task, trials         random trials with an outcome to judge (keys in `task_schema`); run at once
trajectory           a target followed in time (`experiment`), driven by an `input_signal`
                     (from expressions in `signal_texts`, from samples in `sampled_signal`)
curve                a trajectory as a smooth curve, with the sizes things near it are measured in
"""
