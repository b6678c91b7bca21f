"""How well a network does a task: score(), its result, file and command."""
