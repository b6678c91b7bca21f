"""Networks as values: neurons, nonlinearities, low-rank networks and those of any connectivity."""
