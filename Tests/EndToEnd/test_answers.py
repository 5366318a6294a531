"""The functions' own AWS client and botocore make the same of whatever a service answers."""

from __future__ import annotations

import pytest

from answers.__main__ import cases
from answers.calls import OPERATIONS, Operation, service_model
from answers.cases import COMMON_CODES, error, modelled_errors, silences
from answers.clients import Probe, botocore_verdict
from answers.comparison import TIMEOUT, TIMEOUT_OF_SILENCE, Report, compare
from answers.server import ScriptedServer

# Beside the 1,200 systematic ones: some 20 seconds together.
RANDOM_CASES = 500

# What our client takes for throttling and botocore does not: `answers.differences` says why.
MORE_THROTTLING = {
    *("KMS.ThrottlingException", "KMSThrottling", "KMSThrottlingException", "KmsThrottled", "OverLimit"),
    *("ProvisionedThroughputExceeded", "Throttled", "ThrottlingError"),
}
# What passes by itself in our client's view; it is the caller's to try again what only a plan of its own can mend.
MORE_TRANSIENT = {
    *("InternalError", "InternalFailure", "InternalFailureException", "InternalServerError", "ServiceUnavailable"),
    *("RequestTimeTooSkewed", "TransactionConflictException"),
}


@pytest.fixture(scope="module")
def report(seed: int) -> Report:
    return compare(cases(seed, RANDOM_CASES))


def test_every_answer_is_taken_as_botocore_takes_it_or_otherwise_for_a_reason(report: Report) -> None:
    assert report.cases > 1500
    assert report.unexplained == []


def test_a_service_that_does_not_answer_is_given_up_and_asked_again_alike() -> None:
    report = compare(silences(), TIMEOUT_OF_SILENCE)
    assert report.cases == 4
    assert report.unexplained == [] and not report.explained


@pytest.fixture(scope="module")
def verdicts() -> dict[tuple[str, str], tuple[bool, bool]]:
    """Of each operation and error code: whether our client takes it for passing, and for throttling."""
    found = {}
    with ScriptedServer() as server, Probe(server, TIMEOUT) as probe:
        for operation in OPERATIONS:
            for code in codes(operation):
                server.load([error(operation, code, 400)])
                probe.call(operation)
                found[operation.name, code] = probe.last["retryable"], probe.last["throttling"]
    return found


def codes(operation: Operation) -> set[str]:
    # An answer to HEAD has no body that could name any.
    if operation.name == "s3.HeadObject":
        return set()
    return {code for code, _ in modelled_errors(operation)} | set(COMMON_CODES)


def test_every_modelled_error_passes_or_stays_as_botocore_says(
    verdicts: dict[tuple[str, str], tuple[bool, bool]],
) -> None:
    assert len(verdicts) > 1000
    for operation in OPERATIONS:
        for code in codes(operation):
            ours, theirs = verdicts[operation.name, code], botocore_verdict(operation, code)
            retried = theirs.retried or code in MORE_THROTTLING | MORE_TRANSIENT
            assert ours == (retried, theirs.throttling or code in MORE_THROTTLING), f"{operation.name}: {code}"


def test_no_model_names_an_output_as_it_names_an_error() -> None:
    """By which an error document in an answer of 200 is told from a success that names its type."""
    for service in {operation.service for operation in OPERATIONS}:
        model = service_model(service)
        for name in model.operation_names:
            operation = model.operation_model(name)
            errors = {shape.metadata.get("error", {}).get("code") or shape.name for shape in operation.error_shapes}
            assert not [code for code in errors if code.endswith(("Output", "Result", "Response"))]
            if operation.output_shape and model.resolved_protocol == "json":
                assert operation.output_shape.name.endswith(("Output", "Result", "Response"))
