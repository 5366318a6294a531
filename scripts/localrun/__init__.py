"""What scripts/local runs: the local AWS, the stack in it, and the processes beside it."""
