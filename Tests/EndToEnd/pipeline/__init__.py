"""An independent view of the pipeline: what goes in, what must come out, what did.

Written from the documented data model alone and in another language than the functions, so that a mistake in one is
not repeated in the other.
"""
