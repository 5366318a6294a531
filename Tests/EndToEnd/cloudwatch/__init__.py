"""CloudWatch as its documentation has it: which metrics there are, and when an alarm goes off."""
