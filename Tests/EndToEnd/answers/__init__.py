"""Answers by comparison: whatever a service may answer, the functions' AWS client and botocore get it from the same
server, and have to make the same of it, but where `differences` says why not."""
