"""Exact values: strict JSON, decimal amounts, instants with every fraction digit."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow

# Sums here have at most 18 + 9 digits and a few more; anything inexact is a mistake of ours and must be heard.
EXACT = Context(prec=100, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])

MAXIMUM_INTEGER_DIGITS = 18
MAXIMUM_FRACTION_DIGITS = 9

# A double keeps 15 decimal digits; a number of 16 or 17 may hold the rest of a calculation with doubles.
DOUBLE = Context(prec=15, rounding=ROUND_HALF_UP)
RESIDUE_DIGITS = (16, 17)
# Of what was written at least, of what was meant at most; the residue has 4 of them at least.
RESIDUE_FRACTION_DIGITS = 6
RESIDUE_LENGTH = 4

WHITE_SPACE = " \t\n\v\f\r"

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_TIMESTAMP = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?:Z|([+-])(\d{2}):?(\d{2}))?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Unreadable(ValueError):
    """The input can never succeed, whatever is tried again."""


@dataclass(frozen=True)
class Number:
    """A JSON number as it was written: `250.00` keeps its zeros, which a split over products can see."""

    text: str

    @property
    def value(self) -> Decimal:
        return Decimal(self.text)


def parse_json(data: bytes) -> object:
    """One JSON text in UTF-8, numbers as `Number`; of a repeated key the last one counts."""
    try:
        return json.loads(
            data.decode("utf-8-sig"), parse_int=Number, parse_float=Number, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from None


def _refuse_constant(name: str) -> object:
    raise Unreadable(f"{name} is no JSON")


def parse_object(data: bytes) -> dict[str, object]:
    value = parse_json(data)
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    return value


def amount(value: object, *, is_stored: bool = False) -> Decimal:
    """A JSON number or a string that holds one; at least 0, at most 18 integer and 9 fraction digits.

    A number that `is_stored` in a row may have been sent as a string, so that it is rounded only where it has to be.
    """
    text = value.text if isinstance(value, Number) else value.strip(WHITE_SPACE) if isinstance(value, str) else ""
    if not _NUMBER.fullmatch(text):
        raise Unreadable("the amount is no number")
    number = Decimal(text)
    if isinstance(value, Number) and not (is_stored and fraction_digits(number) <= MAXIMUM_FRACTION_DIGITS):
        number = _without_residue(number)
    if number < 0:
        raise Unreadable("the amount is negative")
    if number.adjusted() >= MAXIMUM_INTEGER_DIGITS or fraction_digits(number) > MAXIMUM_FRACTION_DIGITS:
        raise Unreadable("the amount has too many digits")
    return number


def _without_residue(number: Decimal) -> Decimal:
    written, rounded = number.normalize(Context(prec=60)), DOUBLE.plus(number).normalize()
    before, after = fraction_digits(written), fraction_digits(rounded)
    has_residue = (
        len(written.as_tuple().digits) in RESIDUE_DIGITS
        and after <= RESIDUE_FRACTION_DIGITS <= before
        and before - after >= RESIDUE_LENGTH
    )
    return rounded if has_residue else number


def fraction_digits(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)


def identifier(value: object) -> str:
    """A string, or an integer, which stands for its digits."""
    if isinstance(value, Number) and value.text.isdecimal():
        return value.text
    return text_identifier(value)


def text_identifier(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise Unreadable("an id is a non-empty string")
    try:
        length = len(value.encode())
    except UnicodeEncodeError:
        raise Unreadable("an id holds a lone surrogate") from None
    if length > 512:
        raise Unreadable("an id has at most 512 bytes")
    if not value.strip(WHITE_SPACE):
        raise Unreadable("an id of white space alone")
    return value


def order_identifier(value: object) -> str:
    """Not the UUID of zeros."""
    return _not_nil(identifier(value))


def _not_nil(text: str) -> str:
    if re.fullmatch(r"[{(]?0{8}-?0{4}-?0{4}-?0{4}-?0{12}[)}]?", text.strip(WHITE_SPACE)):
        raise Unreadable("the nil UUID")
    return text


def message_identifier(value: object) -> str | None:
    """What an event counts by; None where it has none. No number, and not the UUID of zeros."""
    if value is None:
        return None
    return _not_nil(text_identifier(value))


def quantity(value: object) -> int:
    text = value.text if isinstance(value, Number) else value.strip(WHITE_SPACE) if isinstance(value, str) else ""
    if not re.fullmatch(r"[1-9][0-9]*(\.0+)?", text):
        raise Unreadable("a quantity is a positive integer")
    return int(text.split(".")[0])


def currency(value: object) -> str:
    if value is None:
        return "USD"
    if not isinstance(value, str) or not re.fullmatch("[A-Za-z]{3}", value):
        raise Unreadable("a currency is three letters")
    return value.upper()


@dataclass(frozen=True, order=True)
class Instant:
    """Seconds since 1970 in UTC, exact to the last digit that was written."""

    seconds: Decimal

    @classmethod
    def parse(cls, value: object) -> Instant:
        """ISO 8601; without a zone it is UTC, as by the stack's default parameters."""
        match = _TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise Unreadable("no ISO 8601 timestamp")
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
        try:
            moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError as error:
            raise Unreadable(str(error)) from None
        if match[8] is not None:
            offset = timedelta(hours=int(match[9]), minutes=int(match[10]))
            moment -= offset if match[8] == "+" else -offset
        whole = Decimal((moment - _EPOCH) // timedelta(seconds=1))
        return cls(EXACT.add(whole, Decimal(f"0.{match[7] or 0}")))

    @classmethod
    def of_order(cls, value: object, arrival: Instant) -> Instant:
        """An instant of an order, by the stack's default bounds."""
        at = cls.parse(value)
        if at < EARLIEST or at.seconds > arrival.seconds + MAXIMUM_SECONDS_AHEAD:
            raise Unreadable("an instant of a clock that is wrong")
        return at

    @classmethod
    def of(cls, moment: datetime) -> Instant:
        return cls(EXACT.divide(Decimal((moment - _EPOCH) // timedelta(microseconds=1)), Decimal(10**6)))

    @property
    def moment(self) -> datetime:
        """The whole second, never rounded up."""
        return _EPOCH + timedelta(seconds=int(self.seconds.to_integral_value(ROUND_FLOOR)))

    @property
    def day(self) -> str:
        return self.moment.strftime("%Y-%m-%d")


EARLIEST = Instant.parse("2000-01-01T00:00:00Z")
MAXIMUM_SECONDS_AHEAD = 24 * 3600


def join_lines(data: bytes) -> bytes:
    """A JSON text on one line: its only line breaks are between tokens, since strings cannot hold raw ones."""
    return data.replace(b"\r", b"").replace(b"\n", b"")
