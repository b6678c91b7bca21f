"""Networks as values: neurons, nonlinearities, and the low-rank network."""
