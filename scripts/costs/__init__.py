"""What a stack of cloudformation.yaml costs by list prices, by its parameters and its orders.

The one model of cost: `orders cost`, `scripts/deploy --dry-run` and `scripts/bench` all ask it.
"""
