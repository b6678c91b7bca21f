"""What random errors in the weights do: stress(), its result, file and command."""
