"""What AWS has and ministack does not: alarms by metric math, conditions of a write to S3, batches of statements."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from ministack.core import iam_actions
from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners


def take_metric_math_of_templates() -> None:
    """ministack refuses a template whose alarms have `Metrics`: they are kept like the others, which nothing feeds."""
    original = provisioners._cw_metric_alarm_record

    def record(name: str, properties: dict[str, Any]) -> dict[str, Any]:
        queries = properties.get("Metrics")
        if not queries:
            return original(name, properties)
        metric = next(query["MetricStat"]["Metric"] for query in queries if "MetricStat" in query)
        alarm = original(name, {key: value for key, value in properties.items() if key != "Metrics"} | metric)
        # One that evaluates the metric instead of the expression would say something else than is meant.
        for key in ("MetricName", "Namespace", "Statistic", "Period", "Dimensions"):
            alarm.pop(key)
        return alarm | {"Metrics": queries}

    provisioners._cw_metric_alarm_record = record


def know_conditions_of_writes() -> None:
    """`s3:if-none-match` and `s3:ObjectCreationOperation`: a bucket's policy keeps objects from being replaced.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """
    original = iam_actions._s3_object_context

    def context(action: str, query: dict[str, Any], path: str, headers: dict[str, str]) -> dict[str, Any]:
        found = original(action, query, path, headers)
        if action != "s3:PutObject":
            return found
        # Parts of an upload and its beginning make no object.
        makes_object = "partNumber" not in query and "uploads" not in query
        found["s3:objectcreationoperation"] = str(makes_object).lower()
        condition = {name.lower(): value for name, value in headers.items()}.get("if-none-match")
        return found | ({"s3:if-none-match": condition} if condition else {})

    iam_actions._s3_object_context = context


# What a statement needs: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
_STATEMENT = re.compile(
    r"""\s*(?:(INSERT)\s+INTO|(UPDATE)|(DELETE)\s+FROM|(SELECT)\s.*?\sFROM)\s+"?([A-Za-z0-9_.:/-]+)""",
    re.IGNORECASE | re.DOTALL,
)


def authorize_batches_as_their_statements() -> None:
    """`BatchExecuteStatement` is no action that a policy can allow: each statement is one, on its table."""
    original_checks = iam_actions.dynamodb_transaction_checks

    def checks(iam_action: str, body: bytes, region: str, account_id: str) -> list[tuple[str, str]]:
        if iam_action != "dynamodb:BatchExecuteStatement":
            return original_checks(iam_action, body, region, account_id)
        needed = set()
        for statement in json.loads(body).get("Statements", []):
            found = _STATEMENT.match(statement.get("Statement", ""))
            # What is no statement fails by itself; the action that nobody has keeps it from being a way around.
            verb = next(filter(None, found.groups()[:4])).capitalize() if found else "Unknown"
            table = f"table/{found[5]}" if found else "table/*"
            needed.add((f"dynamodb:PartiQL{verb}", f"arn:aws:dynamodb:{region}:{account_id}:{table}"))
        return sorted(needed)

    iam_actions.dynamodb_transaction_checks = checks


def put_what_statements_insert() -> None:
    """ministack's `INSERT` checks no item and shows nothing in the table's stream: here it is a put of a new item."""
    original = dynamodb._partiql_insert

    def insert(table: dict[str, Any], parsed: dict[str, Any]) -> Any:
        item = parsed.get("item") or {}
        keys = [table["pk_name"], *([table["sk_name"]] if table["sk_name"] else [])]
        values = [dynamodb._extract_key_val(item.get(name)) for name in keys]
        stored = table["items"].get(values[0], {})
        if not all(values) or (values[1] if table["sk_name"] else "__no_sort__") in stored:
            return original(table, parsed)
        status, headers, body = dynamodb._put_item({"TableName": parsed["table"], "Item": item})
        return dynamodb.json_response({"Items": []}) if status == 200 else (status, headers, body)

    dynamodb._partiql_insert = insert


def show_what_statements_change() -> None:
    """ministack's `UPDATE` and `DELETE` change items, and show nothing in the table's stream."""

    def shown(original: Any) -> Any:
        def change(table: dict[str, Any], parsed: dict[str, Any], data: Any = None) -> Any:
            partition, sort, _, error = dynamodb._partiql_key_target(table, parsed)
            old = None if error else copy.deepcopy(table["items"].get(partition, {}).get(sort))
            answer = original(table, parsed, data)
            if answer[0] == 200 and old is not None:
                new = table["items"].get(partition, {}).get(sort)
                dynamodb._emit_stream_event(parsed["table"], "MODIFY" if new else "REMOVE", old, copy.deepcopy(new))
            return answer

        return change

    dynamodb._partiql_update = shown(dynamodb._partiql_update)
    dynamodb._partiql_delete = shown(dynamodb._partiql_delete)
