"""Signs each request of a JSON array on standard input with botocore, the reference, and prints the headers it set."""

import datetime
import json
import sys

import botocore.auth
import botocore.awsrequest
import botocore.compat
import botocore.credentials

answers = []
for case in json.load(sys.stdin):
    fixed = datetime.datetime.fromtimestamp(case["time"], datetime.UTC).replace(tzinfo=None)
    # Its name and place changed over botocore's versions.
    if hasattr(botocore.auth, "get_current_datetime"):
        botocore.auth.get_current_datetime = lambda fixed=fixed, **_: fixed
    else:

        class FixedDatetime(datetime.datetime):
            @classmethod
            def utcnow(cls, fixed=fixed):
                return fixed

        class Module:
            datetime = FixedDatetime

        botocore.auth.datetime = Module
    signer = botocore.auth.S3SigV4Auth if case["service"] == "s3" else botocore.auth.SigV4Auth
    credentials = botocore.credentials.Credentials("AKIDEXAMPLE", case["secret"], case["token"])
    request = botocore.awsrequest.AWSRequest(
        method=case["method"],
        url=case["url"],
        headers=case["headers"],
        data=bytes.fromhex(case["body"]),
    )
    if case["service"] == "s3":
        request.context["payload_signing_enabled"] = True
        request.context["client_config"] = None
    signer(credentials, case["service"], case["region"]).add_auth(request)
    answers.append(
        {
            "authorization": request.headers["Authorization"],
            "date": request.headers["X-Amz-Date"],
            "token": request.headers.get("X-Amz-Security-Token"),
        }
    )
json.dump(answers, sys.stdout)
