"""What a reader does with the dashboard: searches, turns to other days, leaves it open; and what figures are called."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path
from typing import Any

from browser.chromium import Browser, Page
from browser.dashboard import LIVE, Dashboard, counted, opened, order_event, put, running, search
from browser.large_day import LargeDay, serving
from interception import Interception
from owndays import own_day
from pipeline.stack import Stack


def test_no_two_currencies_look_alike(stack: Stack, dashboard: Dashboard, page: Page) -> None:
    day = own_day(stack)
    # In narrow symbols these are $, ¥ and kr.
    alike = ["USD", "CAD", "AUD", "MXN", "JPY", "CNY", "SEK", "NOK", "DKK", "ISK"]
    put(stack, [order_event(f"{day}-{name}", f"{day}T10:00:00Z", "10", name, {"P1": 1}) for name in alike])
    counted(stack, day, len(alike))
    for locale in ("en-US", "en-CA", "de-DE", "sv-SE", "nb-NO", "ja-JP", "zh-CN"):
        opened(page, dashboard, day, locale=locale)
        page.wait(f"document.querySelectorAll('#revenue li').length === {len(alike)}", "all currencies")
        shown = page.evaluate("[...document.querySelectorAll('#revenue .amount')].map(amount => amount.innerText)")
        marks = [re.sub(r"[\d.,\s]", "", text) for text in shown]
        assert len(set(marks)) == len(alike), f"{locale}: {shown}"


def test_a_search_shows_what_is_sold_afterwards(stack: Stack, dashboard: Dashboard, page: Page) -> None:
    day = own_day(stack)
    opened(page, dashboard, day)
    # While the server has not read the day it does not say that there is no such product.
    search(page, "hat")
    sold = 0
    for order, (product, units) in enumerate([("blue-hat", 2), ("blue-hat", 3), ("hat", 1)]):
        put(stack, [order_event(f"{day}-{order}", f"{day}T10:00:00Z", "5", "USD", {product: units})])
        sold += units
        rows = "[...document.querySelectorAll('#products tr')]"
        shown = f"{rows}.reduce((sum, row) => sum + Number(row.children[1].dataset.exact), 0)"
        page.wait(f"{shown} === {sold}", "all units")
    # By the search's own order: of most units is the other one.
    names = "[...document.querySelectorAll('#products th')].map(cell => cell.textContent).join()"
    page.wait(f"{names} === 'hat,blue-hat'", "the products that were searched")


def test_products_of_a_day_that_was_not_read_are_not_called_none(dashboard: Dashboard) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", dashboard.port, timeout=20)
    # A day that no page has shown: the tests' own are before 2020.
    headers = {"Authorization": f"Bearer {dashboard.token}"}
    connection.request("GET", "/products?q=a&day=2199-01-01", headers=headers)
    answer = connection.getresponse()
    assert (answer.status, "not been read yet" in answer.read().decode()) == (503, True)
    connection.close()


class Unread(LargeDay):
    """A table whose rows cannot be read."""

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return {"Items": "none"} if operation == "Query" else super().answer(operation, request)


def test_what_was_not_read_is_not_called_nothing(stack: Stack, page: Page, tmp_path: Path) -> None:
    unread = Unread(own_day(stack), orders=1, products=1)
    with serving(unread) as url, running(stack, tmp_path, AWS_ENDPOINT_URL_DYNAMODB=url) as dashboard:
        page.open(dashboard.url)
        page.wait(f"{LIVE} && document.querySelector('#day').value", "the page to draw what is there")
        for part in ("#orders-against", "#revenue-empty", "#products-empty"):
            assert page.text(part) == "Reading…"
        assert page.text("#orders-total") == page.text("#product-count") == "–"


def test_cards_of_what_cannot_be_read_are_not_empty(stack: Stack, page: Page, tmp_path: Path) -> None:
    services = ("AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_CLOUDWATCH")
    with (
        Interception(stack, on_answer=lambda _: b"no answer") as between,
        running(stack, tmp_path, **dict.fromkeys(services, between.url)) as dashboard,
    ):
        opened(page, dashboard)
        for name in ("Queues", "Alarms"):
            page.wait(f"document.querySelector('#notice').innerText.includes('{name}')", f"a note on {name}")
        for part in ("#queues-empty", "#alarms-empty"):
            assert page.text(part) == "Reading…"
        assert page.evaluate("document.querySelectorAll('#queues li, #alarms li').length") == 0


def test_ids_that_are_canonically_equivalent_are_two(
    stack: Stack, dashboard: Dashboard, page: Page, order_id: str
) -> None:
    day = own_day(stack)
    pair = {"caf\u00e9": 3, "cafe\u0301": 5}
    events = [
        order_event(f"{order_id} {text}", f"{day}T10:00:00Z", f"{units}00", "USD", {text: units})
        for text, units in pair.items()
    ]
    put(stack, events)
    opened(page, dashboard, day)
    counted(stack, day, len(pair))
    page.wait("document.querySelectorAll('#products tr').length === 2", "both products")
    cells = "[row.children[0].textContent, Number(row.children[1].dataset.exact)]"
    shown = page.evaluate(f"[...document.querySelectorAll('#products tr')].map(row => {cells})")
    assert dict(shown) == pair
    for text, units in pair.items():
        row = f"[...document.querySelectorAll('#last tr')].find(r => r.itemKey === {json.dumps(f'{order_id} {text}')})"
        page.wait(f"{row}.children[1].dataset.exact === '{units}00'", f"the order of {units}00")


def test_cards_of_what_was_read_say_so_by_their_rows(dashboard: Dashboard, page: Page) -> None:
    opened(page, dashboard)
    for name in ("functions", "queues", "shards", "alarms"):
        page.wait(f"document.querySelector('#{name}-empty').hidden && document.querySelector('#{name} > *')", name)


def test_an_order_whose_first_message_says_shipped_is_not_called_unshipped(
    stack: Stack, dashboard: Dashboard, page: Page, order_id: str
) -> None:
    opened(page, dashboard)
    for status, reason in (("pending", "not shipped yet"), ("Shipped", "was not pending")):
        order = f"{order_id}-{status}"
        message = {"orderId": order, "timestamp": "2026-01-01T10:00:00Z", "status": status, "amount": "1500"}
        stack.client("sns").publish(TopicArn=stack["OrderTopicArn"], Message=json.dumps(message))
        row = f"[...document.querySelectorAll('#last tr')].find(r => r.itemKey === '{order}').innerText"
        page.wait(f"{row}.includes('stored, {status}') && {row}.includes('premium: no, {reason}')", reason)


def test_back_to_today_is_seen_in_the_field(dashboard: Dashboard, page: Page) -> None:
    opened(page, dashboard, "2001-02-03")
    page.evaluate("document.querySelector('#today').click()")
    page.wait("document.querySelector('#orders-title').innerText === 'Orders today'", "today")
    assert page.evaluate("document.activeElement.id") == "day"
    today = "new Date().toISOString().slice(0, 10)"
    assert page.evaluate(f"document.querySelector('#day').value === {today}")


def test_a_day_that_is_being_written_is_left_alone(dashboard: Dashboard, page: Page) -> None:
    opened(page, dashboard)
    field = "document.querySelector('#day')"
    page.evaluate(f"{field}.focus(); {field}.value = '2001-02-03'; {field}.dispatchEvent(new Event('input'))")
    # The fields are drawn with the figures, and when one of them is left.
    drawn = "Number(document.documentElement.dataset.drawn)"
    before = page.evaluate(f"document.querySelector('#compare').dispatchEvent(new Event('blur')), {drawn}")
    page.wait(f"{drawn} > {before}", "the page to be drawn")
    assert page.evaluate(f"{field}.value") == "2001-02-03"
    # It was not taken: once the field is left it has the page's day again.
    page.evaluate(f"{field}.blur(), {field}.dispatchEvent(new Event('blur'))")
    page.wait(f"{field}.value === new Date().toISOString().slice(0, 10)", "today in the field")


# As Chromium has a page in a tab behind: hidden from the start, so that no change of visibility comes.
HIDDEN = (
    "Object.defineProperty(Document.prototype, 'hidden', {get: () => true}); const real = window.setTimeout;"
    "window.setTimeout = (then, wait, ...rest) => real(then, wait === 60000 ? 100 : wait, ...rest)"
)


def test_a_page_opened_behind_others_is_paused(dashboard: Dashboard, page: Page) -> None:
    page.send("Page.addScriptToEvaluateOnNewDocument", source=HIDDEN)
    page.open(dashboard.url)
    page.wait("document.querySelector('#live-text').textContent === 'Paused while hidden'", "the pause")


def test_a_page_for_which_the_browser_has_no_connection_says_so(dashboard: Dashboard, chromium: Browser) -> None:
    pages = [chromium.page() for _ in range(7)]
    try:
        for page in pages[:6]:
            page.open(dashboard.url)
            page.wait(LIVE, "a page")
        pages[6].open(dashboard.url)
        pages[6].wait("!document.querySelector('#notice').hidden", "advice on too many pages")
        assert pages[6].text("#live-text") == "No answer yet"
        assert "close some" in pages[6].text("#notice")
        pages.pop(0).close()
        pages[-1].wait(
            f"{LIVE} && !document.querySelector('#notice').innerText.includes('close some')", "the last page"
        )
    finally:
        for page in pages:
            page.close()
