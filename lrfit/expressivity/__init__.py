"""What a network of a kind cannot reach: symmetries and floors of the error."""
