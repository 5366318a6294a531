"""The echo handler for awslambdaric, AWS's runtime for Python: the peer of the benchmark."""


def handler(event, context):
    return event
