"""What a stack of cloudformation.yaml costs by list prices, by its parameters and its orders.

The model of cost of `orders cost` and `scripts/deploy --dry-run`; `scripts/bench` takes prices and durations from it.
"""
