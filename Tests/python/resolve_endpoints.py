"""Every region × service × FIPS × dual stack, as botocore's endpoint rule sets resolve them: a line each, with the URL
of a service, or of a bucket of S3, or "refused"."""

from __future__ import annotations

import itertools
import json
import pathlib

import botocore
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from botocore.loaders import Loader

SERVICES = (
    *("cloudformation", "cloudwatch", "dynamodb", "dynamodbstreams", "kinesis"),
    *("kms", "lambda", "logs", "pipes", "s3", "sns", "sqs"),
)
BUCKETS = ("orders-archive", "with.dots", "-dash", "dash-", "Upper-Case", "ab", "a" * 64, "under_score", "9digits9")
# Regions that botocore does not list yet: by their names alone.
UNKNOWN_REGIONS = (
    *("eu-central-9", "cn-south-9", "us-gov-north-9", "us-iso-south-9"),
    *("us-isob-south-9", "us-isof-south-9", "eu-isoe-west-9", "eusc-de-west-9"),
)


def main() -> None:
    data = json.loads((pathlib.Path(botocore.__file__).parent / "data" / "partitions.json").read_text())
    # Names such as aws-global are no regions to sign for.
    regions = [r for p in data["partitions"] for r in p["regions"] if not r.endswith("-global")]
    loader = Loader()
    providers = {
        service: EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), data)
        for service in SERVICES
    }
    for region, fips, dual in itertools.product([*regions, *UNKNOWN_REGIONS], (False, True), (False, True)):
        for service in SERVICES:
            for bucket in (None, *BUCKETS) if service == "s3" else (None,):
                parameters = {"Region": region, "UseFIPS": fips, "UseDualStack": dual}
                if bucket:
                    parameters["Bucket"] = bucket
                print(region, service, int(fips), int(dual), bucket or "-", resolved(providers[service], parameters))


def resolved(provider: EndpointProvider, parameters: dict[str, object]) -> str:
    try:
        return str(provider.resolve_endpoint(**parameters).url)
    except EndpointProviderError:
        return "refused"


if __name__ == "__main__":
    main()
