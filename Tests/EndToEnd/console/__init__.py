"""The console blocks of the documents: what they say to type, and what they say comes out."""
