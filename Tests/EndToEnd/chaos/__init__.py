"""Redelivery and faults, played from a seed against the real bootstraps in front of a local AWS."""
