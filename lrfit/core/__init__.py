"""What everything stands on: errors, arrays, work in processes, progress and time limits."""
