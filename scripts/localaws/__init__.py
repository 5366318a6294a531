"""The local AWS of scripts/local: ministack behind a gate that serves its owner's programs only."""
