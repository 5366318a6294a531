"""AWS by its own service models, botocore's: what a client sends is compared with what botocore would send for the same
call, and what it gets is written by the models too. No part of AWS is contacted."""
