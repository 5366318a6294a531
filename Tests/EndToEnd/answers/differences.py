"""Where our client and botocore make different things of the same answer, and why that is meant.

Both go through a script in step until they judge an answer differently: that answer decides. Nothing that botocore
tries again is given up by us, but where the reason says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from .cases import Case
from .clients import Outcome
from .server import Answer

INTERNAL = ("InternalError", "InternalFailure", "InternalFailureException", "InternalServerError", "ServiceUnavailable")


@dataclass(frozen=True)
class Disagreement:
    case: Case
    ours: Outcome
    theirs: Outcome

    @property
    def answer(self) -> Answer:
        """The one that the two judge differently."""
        place = min(self.ours.requests, self.theirs.requests, len(self.case.script))
        return self.case.script[place - 1]

    @property
    def only_we_go_on(self) -> bool:
        return self.ours.requests > self.theirs.requests

    @property
    def only_botocore_goes_on(self) -> bool:
        return self.theirs.requests > self.ours.requests

    @property
    def is_success(self) -> bool:
        return 200 <= self.answer.status < 300

    @property
    def a_kept_connection_died(self) -> bool:
        """Whether some answer ended within its first line, the end of the line included."""
        return any(
            answer.cut is not None and answer.cut <= answer.serialized(without_body=True).index(b"\n")
            for answer in self.case.script
        )

    @property
    def is_json(self) -> bool:
        try:
            json.loads(self.answer.body)
        except ValueError:
            return False
        return True

    def names(self, pattern: str) -> bool:
        """Whether the answer names an error of that kind, wherever services name it."""
        text = self.answer.body.decode(errors="replace") + "<" + self.answer.headers.get("x-amzn-ErrorType", "") + "<"
        return re.search(rf'[>"#<]({pattern})["<]', text) is not None


@dataclass(frozen=True)
class Difference:
    name: str
    reason: str
    applies: Callable[[Disagreement], bool]

    def explains(self, case: Case, ours: Outcome, theirs: Outcome) -> bool:
        return self.applies(Disagreement(case, ours, theirs))


# Of S3, which answers 400 to the region of a signature as well.
REDIRECTIONS = (301, 302, 307, 308, 400)
THROTTLING = r"[\w.]*Throttl\w*|ProvisionedThroughputExceeded|OverLimit"

DIFFERENCES = (
    Difference(
        "throttled by its name",
        "Names that are not on botocore's list ask for fewer requests as well, such as KMSThrottling, KmsThrottled and "
        "Throttled. Given up, they would fail a batch that passes later.",
        lambda d: d.only_we_go_on and d.names(THROTTLING) and not d.is_success,
    ),
    Difference(
        "internal failure by its name",
        "An internal failure is one whatever the status; botocore asks for 500, 502, 503 or 504.",
        lambda d: d.only_we_go_on and d.names("|".join(INTERNAL)) and not d.is_success,
    ),
    Difference(
        "the clock",
        "RequestTimeTooSkewed passes once our clock is corrected; botocore corrects none.",
        lambda d: d.only_we_go_on and d.names("RequestTimeTooSkewed"),
    ),
    Difference(
        "429",
        "The status asks for fewer requests whatever the body says (RFC 6585); botocore goes by the name alone.",
        lambda d: d.only_we_go_on and d.answer.status == 429,
    ),
    Difference(
        "409 of S3",
        "Without a name it is the conflict of two conditional writes, which S3's documents have tried again.",
        lambda d: d.only_we_go_on and d.answer.status == 409 and d.case.operation.service == "s3",
    ),
    Difference(
        "error document in a success",
        "botocore looks for one in S3's answers of 200 only; elsewhere it takes it for a success, or its parser fails.",
        lambda d: (
            d.is_success
            and d.names(r"\w+")
            and (d.case.operation.service != "s3" or d.answer.status != 200)
            and (d.only_we_go_on or (d.theirs.is_success and not d.ours.is_success and not d.only_botocore_goes_on))
        ),
    ),
    Difference(
        "success that does not say what it should",
        "An answer of 2xx without a body, without the members that the operation is for, or that is not JSON, is none "
        "of the service's: it is damaged and tried again. botocore takes what is missing for absent: no item, no id.",
        lambda d: (
            d.is_success
            and d.theirs.is_success
            and (d.only_we_go_on or d.ours.code == "unreadable")
            and not d.only_botocore_goes_on
        ),
    ),
    Difference(
        "checksum",
        "botocore looks at DynamoDB's CRC-32 but not at that of its streams, and takes an answer that is still wrong "
        "at the last attempt for right.",
        lambda d: d.answer.has_wrong_checksum and not d.ours.is_success,
    ),
    Difference(
        "what botocore's parsers raise",
        "An answer that they cannot read ends botocore's call with whatever Python raises. Here a refusal that cannot "
        "be read is called by its status, and a damaged success is tried again.",
        lambda d: (
            d.theirs.code == "unreadable"
            and not d.only_botocore_goes_on
            and not (d.is_success and d.ours.is_success and not d.only_we_go_on)
        ),
    ),
    Difference(
        "members that nobody asks for",
        "botocore reads each member of the model, a damaged date for example; the functions read what they use.",
        lambda d: (
            d.is_success
            and d.ours.is_success
            and d.theirs.code == "unreadable"
            and d.ours.requests == d.theirs.requests
            and d.is_json
        ),
    ),
    Difference(
        "what stands around an error's name",
        "What stands before # and behind : is left out whatever the protocol; botocore does so where names have it.",
        lambda d: d.ours.requests == d.theirs.requests and d.theirs.code.split("#")[-1].split(":")[0] == d.ours.code,
    ),
    Difference(
        "an answer that is cut off",
        "A body shorter than its Content-Length is a lost connection, and is asked for again; urllib3 lets botocore "
        "have what came of it, and an object or a function's result is its reader's.",
        lambda d: d.answer.cut is not None and (d.only_we_go_on or d.ours.code == "connection"),
    ),
    Difference(
        "libcurl's own second try",
        "A request without a body, all of which may be repeated, is sent once more by libcurl where a connection that "
        "was kept alive ends before it answers.",
        lambda d: d.a_kept_connection_died and d.case.operation.sends_no_body,
    ),
    Difference(
        "S3's damaged successes",
        "They are damaged here, and tried again as often as botocore tries what it calls an answer of 500.",
        lambda d: d.is_success and d.ours.code == "unreadable" and d.theirs.code == "500" and not d.only_we_go_on,
    ),
    Difference(
        "details of XML",
        "Attributes and the declaration say nothing here and are passed over; Expat checks them.",
        lambda d: d.is_success and d.ours.is_success and d.case.operation.is_xml and not d.only_we_go_on,
    ),
    Difference(
        "redirections of S3",
        "botocore looks for the bucket's region and goes there; the archive is in its stack's region, and an answer "
        "that says otherwise is shown as it is.",
        lambda d: (
            d.case.operation.service == "s3"
            and (
                (d.only_botocore_goes_on and d.answer.status in REDIRECTIONS)
                # It shows the redirection if the request that follows it fails as well.
                or (d.ours.requests == d.theirs.requests and d.theirs.status in REDIRECTIONS)
            )
        ),
    ),
)
