"""What scripts/deploy does: checks, the deployment of cloudformation.yaml, its deletion."""
