"""The dashboard in a real browser: what it shows is what the tables have, and nobody else sees it."""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import time
from decimal import Decimal
from pathlib import Path

import pytest

from browser.chromium import Page, until
from browser.dashboard import (
    CURRENCIES,
    LIVE,
    Dashboard,
    Figures,
    counted,
    opened,
    order_event,
    put,
    running,
    search,
)
from browser.large_day import LargeDay, serving
from interception import Exchange, Interception
from owndays import own_day
from pipeline.stack import ROOT, Stack
from support import run_script

# Pictures of this run; README's is made with E2E_SCREENSHOTS=docs/images.
SCREENSHOTS = ROOT / (os.environ.get("E2E_SCREENSHOTS") or ".local/test/screenshots")


def shown_figures(page: Page) -> Figures:
    """What the page shows, from its elements' own exact values."""
    found = page.evaluate("""({
      total: document.querySelector('#orders-total').dataset.exact,
      accepted: document.querySelector('#orders-accepted').dataset.exact,
      refused: document.querySelector('#orders-refused').dataset.exact,
      revenue: [...document.querySelectorAll('#revenue li')].map(row =>
        [row.itemKey, row.children[0].dataset.exact, row.children[2].dataset.exact, row.children[0].innerText]),
      products: [...document.querySelectorAll('#products tr')].map(row =>
        [row.itemKey, ...[1, 2, 3].map(index => row.children[index].dataset.exact)]),
    })""")
    figures = Figures(int(found["total"] or 0), int(found["accepted"] or 0))
    assert int(found["refused"] or 0) == figures.total - figures.accepted
    for currency, value, orders, text in found["revenue"]:
        figures.revenue[currency] = Decimal(value), int(orders)
        # What is read is what is meant: the digits of the text are those of the amount.
        assert Decimal(re.sub(r"[^0-9.]", "", text)) == Decimal(value), text
    for key, units, orders, revenue in found["products"]:
        currency, product = key.split(" ", 1)
        figures.products[product, currency] = int(orders), int(units), Decimal(revenue)
    return figures


def agrees(shown: Figures, table: Figures) -> bool:
    """Equal in everything but products, of which the page has the best ten."""
    products = {product: table.products.get(product) for product in shown.products}
    best = sorted((units for _, units, _ in table.products.values()), reverse=True)[:10]
    return (
        (shown.total, shown.accepted, shown.revenue) == (table.total, table.accepted, table.revenue)
        and shown.products == products
        and sorted((units for _, units, _ in shown.products.values()), reverse=True) == best
    )


def some_orders(day: str, count: int, start: int) -> list[str]:
    choice = random.Random(start)
    events = []
    for number in range(start, start + count):
        currency = CURRENCIES[number % len(CURRENCIES)]
        digits = {"JPY": 0, "KWD": 3}.get(currency, 2)
        whole = choice.choice([str(choice.randrange(1, 5_000)), "90071992547409931"])
        amount = whole + (f".{choice.randrange(10**digits):0{digits}}" if digits else "")
        products = {f"P{choice.randrange(6)}": choice.randrange(1, 4) for _ in range(2)}
        events.append(order_event(f"{day}-{number}", f"{day}T10:00:00Z", amount, currency, products))
    return events


def test_figures_are_the_tables_at_each_quiet_point_and_never_more_than_was_sent(
    stack: Stack, dashboard: Dashboard, page: Page
) -> None:
    day = own_day(stack)
    opened(page, dashboard, day)
    sent = 0
    for wave in (3, 40, 120):
        events = some_orders(day, wave - 1, sent)
        # One that counts in the total and in no revenue.
        events.append(order_event(f"bad-{sent}", f"{day}T10:00:00Z", "-1", "USD", {"P0": 1}))
        put(stack, events)
        sent += wave
        shown = 0
        deadline = time.monotonic() + 30
        while shown < sent:
            assert time.monotonic() < deadline, f"{shown} of {sent} on the page"
            before, shown = shown, int(page.exact("#orders-total") or 0)
            assert before <= shown <= sent
        table = counted(stack, day, sent)
        until(lambda table=table: agrees(shown_figures(page), table), "page and table to agree", 10)
    assert page.console() == []


def test_numbers_are_written_as_the_reader_writes_them_and_exactly(
    stack: Stack, dashboard: Dashboard, page: Page
) -> None:
    day = own_day(stack)
    events = [order_event(f"{day}-1", f"{day}T10:00:00Z", "123456789012345678.123456789", "EUR", {"P1": 1})]
    put(stack, events)
    counted(stack, day, 1)
    for locale, text in {
        "en-US": "€123,456,789,012,345,678.123456789",
        "de-DE": "123.456.789.012.345.678,123456789 €",
        "hi-IN-u-nu-deva": None,
    }.items():
        opened(page, dashboard, day, locale=locale)
        page.wait("document.querySelector('#revenue li')", "the revenue")
        shown = page.text("#revenue li .amount").replace("\xa0", " ")
        if text:
            assert shown == text
        assert page.exact("#revenue li .amount") == "123456789012345678.123456789"


def test_an_order_is_on_the_page_within_3_seconds(
    stack: Stack, dashboard: Dashboard, page: Page, order_id: str
) -> None:
    opened(page, dashboard)
    slowest = []
    # The first one starts the functions; of two more, one may meet a machine that is busy with something else.
    for attempt in range(3):
        before = int(page.exact("#orders-total") or 0)
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        put(stack, [order_event(f"{order_id}-{attempt}", now, "12.50", "USD", {"P1": 1})])
        start = time.monotonic()
        until(lambda before=before: int(page.exact("#orders-total") or 0) > before, "the order in the figures", 10)
        counted_after = time.monotonic() - start
        row = f"[...document.querySelectorAll('#last tr')].some(r => r.itemKey === '{order_id}-{attempt}')"
        page.wait(row, "the order's row", 10)
        slowest.append(time.monotonic() - start)
        print(f"counted after {counted_after:.2f} s, listed after {slowest[-1]:.2f} s")
    assert min(slowest) < 3


def ship(stack: Stack, page: Page, order_id: str) -> str:
    """Sends a premium order that is shipped; what the open page says of it, as an expression."""
    topic = stack["OrderTopicArn"]
    for second, status in enumerate(("pending", "shipped")):
        message = {"orderId": order_id, "timestamp": f"2026-01-01T10:00:0{second}Z", "status": status, "amount": "1500"}
        stack.client("sns").publish(TopicArn=topic, Message=json.dumps(message))
        page.wait(
            f"[...document.querySelectorAll('#last tr')].some(r => r.itemKey === '{order_id}' && "
            f"r.innerText.includes('stored, {status}'))",
            f"the order to be {status}",
        )
    return f"[...document.querySelectorAll('#last tr')].find(r => r.itemKey === '{order_id}').innerText"


def test_the_last_orders_show_their_way(stack: Stack, dashboard: Dashboard, page: Page, order_id: str) -> None:
    opened(page, dashboard)
    row = ship(stack, page, order_id)
    page.wait(f"/normal: processed/.test({row}) && /premium: notified/.test({row})", "both processors")
    page.wait(
        f"[...document.querySelectorAll('#premium li')].some(r => r.innerText.includes('{order_id}'))", "notification"
    )


ORDER_LINES = ("normal order processed", "premium order shipped")


def with_parameter(stack: Stack, name: str, value: str) -> Interception:
    """The local AWS, as if the stack had that parameter and the functions had not logged what it may keep out."""

    def change(made: Exchange) -> bytes:
        if b'"events"' in made.answer:
            phrase = json.loads(made.body)["filterPattern"].strip('"')
            is_hidden = name == "LogLevel" or phrase in ORDER_LINES
            return b'{"events": []}' if is_hidden else made.answer
        parameter = rf"(<ParameterKey>{name}</ParameterKey>\s*<ParameterValue>)\w+".encode()
        return re.sub(parameter, rb"\g<1>" + value.encode(), made.answer)

    return Interception(stack, on_answer=change)


@pytest.mark.parametrize(
    ("name", "value", "way", "premium", "minutes"),
    [
        ("OrderLog", "none", "not logged (OrderLog)", "Not logged (OrderLog).", "highest"),
        ("LogLevel", "WARN", "not logged (LogLevel)", "Not logged (LogLevel).", "not logged (LogLevel)"),
        ("LogLevel", "DEBUG", "on its way", "None today.", "none in the last hour"),
    ],
)
def test_what_is_not_logged_is_not_called_nothing(
    stack: Stack, page: Page, order_id: str, tmp_path: Path, name: str, value: str, way: str, premium: str, minutes: str
) -> None:
    services = ("AWS_ENDPOINT_URL_CLOUDFORMATION", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS")
    with (
        with_parameter(stack, name, value) as between,
        running(stack, tmp_path, **dict.fromkeys(services, between.url)) as dashboard,
    ):
        opened(page, dashboard)
        row = ship(stack, page, order_id)
        page.wait(f"{row}.includes('normal: {way}') && {row}.includes('premium: {way}')", "both steps")
        page.wait(f"document.querySelector('#premium-empty').innerText === '{premium}'", "the notifications")
        page.wait(f"document.querySelector('#curve-peak').innerText.startsWith('{minutes}')", "orders a minute")
        curve = "document.querySelector('#curve').getAttribute('aria-label')"
        functions = "document.querySelector('#functions-unlogged').innerText"
        is_silent = "true" if minutes.startswith("not logged") else "false"
        page.wait(f"[{curve}, {functions}].every(text => text.includes('not logged') === {is_silent})", "their words")
        assert page.console() == []


def test_functions_queues_shards_and_alarms_are_shown(stack: Stack, dashboard: Dashboard, page: Page) -> None:
    opened(page, dashboard)
    page.wait(
        "document.querySelectorAll('#functions tr').length >= 5 && document.querySelectorAll('#queues li').length >= 5"
        " && document.querySelectorAll('#shards li').length && document.querySelectorAll('#alarms-all li').length > 10",
        "all of them",
    )
    queue = stack.client("sqs")
    for name in ("OrderDLQ", "AnalyticsDLQ"):
        found = queue.get_queue_attributes(QueueUrl=stack[f"{name}Url"], AttributeNames=["ApproximateNumberOfMessages"])
        waiting = found["Attributes"]["ApproximateNumberOfMessages"]
        page.wait(
            f"[...document.querySelectorAll('#queues li')].find(r => r.itemKey === '{name}')"
            f".children[1].dataset.exact === '{waiting}'",
            f"{name} to hold {waiting}",
            5,
        )
    assert page.console() == []


def test_each_look_is_accessible_and_pictured(stack: Stack, dashboard: Dashboard, page: Page) -> None:
    opened(page, dashboard)
    page.wait(
        "document.querySelectorAll('#functions tr').length >= 5 && document.querySelector('#shards li')", "all parts"
    )
    looks = {"light": (1440, 900, False, False), "dark": (1440, 900, True, False), "phone": (390, 844, False, True)}
    looks |= {"phone-dark": (390, 844, True, True)}
    for name, (width, height, dark, mobile) in looks.items():
        page.resize(width, height, scale=1, mobile=mobile)
        page.emulate(dark=dark)
        picture = page.screenshot(SCREENSHOTS / f"dashboard-{name}.png")
        assert len(picture) > 20_000
        assert page.axe() == [], name
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name}: the page is {overflow} px too wide"
    assert page.console() == []


def test_all_of_it_is_reached_by_keyboard(dashboard: Dashboard, page: Page) -> None:
    opened(page, dashboard)
    reached = []
    for _ in range(40):
        page.press("Tab", 9)
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.name || document.activeElement.tagName")
        )
    assert {"skip", "day", "compare", "theme", "rank", "search", "SUMMARY"} <= set(reached)
    page.evaluate("document.querySelector('#theme').focus()")
    for expected in ("light", "dark", None):
        page.press(" ", 32)
        assert page.evaluate("document.documentElement.dataset.theme ?? null") == expected
    page.evaluate("document.querySelector('#skip').focus()")
    page.press("\r", 13)
    assert page.evaluate("document.activeElement.id") == "main"


def test_what_others_wrote_is_text(stack: Stack, dashboard: Dashboard, page: Page) -> None:
    day = own_day(stack)
    nasty = [
        "<img src=x onerror=\"document.title='broken'\">",
        "__proto__",
        "constructor",
        "</script><script>1</script>",
        "\u202eabc",
        "\f.",
    ]
    today = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    put(stack, [order_event(f"{text} {day}", f"{day}T10:00:00Z", "1", "USD", {text: 1}) for text in nasty])
    put(stack, [order_event(text, today, "1", "USD", {text: 1}) for text in nasty])
    opened(page, dashboard, day)
    counted(stack, day, len(nasty))
    page.wait(f"document.querySelectorAll('#products tr').length === {len(nasty)}", "the products")
    shown = page.evaluate("[...document.querySelectorAll('#products th')].map(cell => cell.textContent)")
    assert sorted(shown) == sorted([*nasty[:-1], '"\\f."'])
    page.wait("[...document.querySelectorAll('#last tr')].some(row => row.itemKey === '__proto__')", "the order")
    assert page.axe() == []
    assert page.evaluate("document.querySelectorAll('img, main script').length") == 0
    assert "broken" not in page.evaluate("document.title")
    assert page.console() == []


def test_a_day_of_a_million_orders_and_10000_products_is_fluid(stack: Stack, page: Page, tmp_path: Path) -> None:
    large = LargeDay(own_day(stack), orders=1_000_000, products=10_000)
    with serving(large) as url, running(stack, tmp_path, AWS_ENDPOINT_URL_DYNAMODB=url) as dashboard:
        opened(page, dashboard, large.day)
        page.wait("document.querySelector('#product-count').dataset.exact === '10000'", "10,000 products", 30)
        assert page.exact("#orders-total") == "1000000"
        assert page.text("#products th") == "P10000"
        # Only what differs goes out, and only the rows that changed are drawn.
        with Events(dashboard, large.day) as events:
            assert len(events.next("state")) < 60_000
            large.product_rows[0]["Units"] = {"N": "1000001"}
            patch = next(text for text in iter(lambda: events.next("patch"), "") if "P00001" in text)
            assert len(patch) < 2_000
        page.wait("document.querySelector('#products th').textContent === 'P00001'", "the new best product", 10)
        assert busy_share(page, large) < 0.25
        search(page, "p0777")
        found = "[...document.querySelectorAll('#products th')].map(cell => cell.textContent).join()"
        page.wait(f"{found} === '{','.join(f'P{number:05}' for number in range(7770, 7780))}'", "what was searched")
        more = "document.querySelector('#products-more')"
        assert page.evaluate(f"{more}.hidden")
        search(page, "p077")
        page.wait(f"!{more}.hidden && {more}.innerText === 'and 80 more'", "how many were found besides")
        search(page, "")
        page.wait(f"{more}.hidden", "the best products again")


def busy_share(page: Page, large: LargeDay) -> float:
    """How much of the time the page's thread is at work while figures change several times a second."""

    def spent() -> float:
        metrics = page.send("Performance.getMetrics")["metrics"]
        return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")

    page.send("Performance.enable")
    start, before = time.monotonic(), spent()
    for number in range(10):
        large.revenue["Value"] = {"N": f"98765432.{number}"}
        time.sleep(0.3)
    return (spent() - before) / (time.monotonic() - start)


class Events:
    """The events as a program reads them."""

    def __init__(self, dashboard: Dashboard, day: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", dashboard.port, timeout=20)
        self._connection.request("GET", f"/events?day={day}", headers={"Authorization": f"Bearer {dashboard.token}"})
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200

    def __enter__(self) -> Events:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def next(self, name: str) -> str:
        """The data of the next event of that name."""
        event = ""
        while True:
            line = self._answer.readline().decode().rstrip("\n")
            if line.startswith("event: "):
                event = line[7:]
            elif line.startswith("data: ") and event == name:
                return line[6:]


def test_an_open_page_goes_on_after_the_dashboard_was_started_again(stack: Stack, page: Page, tmp_path: Path) -> None:
    with running(stack, tmp_path) as dashboard:
        opened(page, dashboard)
        url = dashboard.url
        assert dashboard.stop() == 0
        page.wait("document.querySelector('#live').dataset.state === 'lost'", "the page to notice")
        dashboard.start()
        assert dashboard.url == url
        page.wait(LIVE, "the page to go on by itself")
        assert (tmp_path / "dashboard").stat().st_mode & 0o777 == 0o600


def test_a_page_left_open_goes_on_after_the_stack_was_started_again(page: Page, tmp_path: Path) -> None:
    options = ("--run-directory", str(tmp_path / "run"))
    try:
        url = address(run_script("local", "start", *options, check=True, timeout=300).stdout)
        assert url == address(run_script("local", "status", *options, check=True).stdout)
        for name in ("dashboard-address", "dashboard.log"):
            assert (tmp_path / "run" / name).stat().st_mode & 0o777 == 0o600, name
        page.open(url)
        page.wait(LIVE, "the page to be live")
        run_script("local", "stop", *options, check=True)
        page.wait("document.querySelector('#live').dataset.state === 'lost'", "the page to notice")
        assert url == address(run_script("local", "start", *options, check=True, timeout=300).stdout)
        page.wait(f"{LIVE} && document.querySelector('#orders-total').dataset.exact === '0'", "the new stack's figures")
        page.wait("document.querySelector('#notice').hidden", "everything to be read")
    finally:
        run_script("local", "stop", *options, timeout=60)


def address(status: str) -> str:
    found = re.search("^DashboardUrl=(.*)$", status, re.MULTILINE)
    assert found, status
    return found.group(1)
