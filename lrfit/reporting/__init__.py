"""One page about a network: report() and its command."""
