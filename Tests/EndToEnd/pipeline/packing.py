"""How producers pack records: several in one by the Kinesis Producer Library (KPL), and compressed."""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aws_kinesis_agg.aggregator import RecordAggregator
from aws_kinesis_agg.deaggregator import iter_deaggregate_records

AGGREGATE = b"\xf3\x89\x9a\xc2"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Part:
    """One record of a producer. Only those of an aggregate have a place in it."""

    place: int | None
    partition_key: str
    data: bytes


def aggregate(records: Sequence[tuple[str, bytes]]) -> bytes:
    """One record of the stream that holds those given as partition key and data."""
    aggregator = RecordAggregator()
    for key, data in records:
        if aggregator.add_user_record(key, data) is not None:
            raise ValueError("more than one record of the stream holds")
    content: bytes = aggregator.clear_and_get().get_contents()[2]
    return content


def parts(partition_key: str, data: bytes) -> Iterator[Part]:
    """What a record of the stream holds. A damaged aggregate is one record, as the library leaves it."""
    if not data.startswith(AGGREGATE):
        yield Part(None, partition_key, data)
        return
    content: dict[str, Any] = {"data": base64.b64encode(data), "sequenceNumber": "0", "partitionKey": partition_key}
    content |= {"kinesisSchemaVersion": "1.0", "approximateArrivalTimestamp": 0}
    for record in iter_deaggregate_records([{"kinesis": content}]):
        found = record["kinesis"]
        place = found["subSequenceNumber"] if found.get("aggregated") else None
        yield Part(place, found["partitionKey"], base64.b64decode(found["data"]))


def text(data: bytes) -> bytes:
    """What is inside a compressed record; anything else, and damaged gzip, as it is."""
    if not data.startswith(_GZIP):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return data
