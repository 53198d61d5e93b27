"""What is watched over windows: the inputs, the answers, the quality; and what that raises."""
