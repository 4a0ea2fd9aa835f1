"""`tillpoints demo`: sample receipts of every kind through the running program, and what each earned."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from fixtures.doors.plan import load_plan
from fixtures.scenarios import Scenario, scenarios_of, set_stage
from fixtures.scenarios.stage import Stage
from pipeline.clock import day_in, utc_now
from pipeline.commands.demo_doors import DoorEnd, send_through_doors
from pipeline.commands.shown import shown
from pipeline.sample import CORE, SAMPLE_ACCOUNTS, SAMPLE_PROGRAM
from pipeline.sample_servers import doors_folder
from pipeline.settings import Settings, child_environment, load_settings

_START_WITHIN_S = 120.0
_END_WITHIN_S = 300.0
_LOOK_EVERY_S = 0.3
_ANSWER_WITHIN_S = 60.0
_STOP_WITHIN_S = 20.0
_GIST_LINES = 4
_MOVING = {"received", "read", "matched", "screened"}
_COLOURS = {"awarded": "green", "held": "yellow", "declined": "cyan", "rejected": "magenta", "failed": "red"}


@dataclass(frozen=True, slots=True)
class _Sent:
    """A scenario's receipt as it stands; `receipt` as the API shows it."""

    scenario: Scenario
    receipt: dict[str, Any]

    @property
    def as_expected(self) -> bool:
        points = self.receipt["points"]
        paid_as_said = self.scenario.points is None or points is None or points == self.scenario.points
        return self.receipt["state"] == self.scenario.expected.value and paid_as_said


def demo(
    seed: Annotated[
        int | None, typer.Option(help="Draws the same receipts again; by the clock if not given.")
    ] = None,
) -> None:
    """Send sample receipts of every kind and print what each was read as, matched, decided and earned.

    Uses the program that runs on the settings' address, or starts one with the sample for the while.

    Example: tillpoints demo
    """
    settings = load_settings()
    console = Console()
    url = settings.resolved_public_url
    with _program(settings, url, console), httpx.Client(base_url=url, timeout=_ANSWER_WITHIN_S) as client:
        tokens = _sign_in(client)
        drawn = set_stage(
            day_in(SAMPLE_PROGRAM.time_zone, utc_now()), int(time.time()) if seed is None else seed
        )
        cases = scenarios_of(drawn)
        started = time.monotonic()
        sent = _send_all(client, tokens, cases)
        console.print(_table(sent))
        through = _other_doors(settings, client, tokens, console, drawn)
        _summary(console, client, tokens, sent, through, time.monotonic() - started)
    unfinished = any(one.receipt["state"] in _MOVING | {"failed"} for one in sent)
    if unfinished or not all(one.as_expected for one in through):
        raise typer.Exit(1)


@contextmanager
def _program(settings: Settings, url: str, console: Console) -> Iterator[None]:
    if _ready(url):
        console.print(f"Using the program that runs on {url}", highlight=False)
        yield
        return
    console.print(f"No program runs on {url}: starting one for the demo", highlight=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "serve", "--sample", "--sample-doors"],
        env={**child_environment(), "TILLPOINTS_LOG_LEVEL": "WARNING"},
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + _START_WITHIN_S
        while not _ready(url):
            if process.poll() is not None or time.monotonic() > deadline:
                console.print(
                    f"The program did not start on {url}. Run `tillpoints serve --sample` to see why, or set "
                    "TILLPOINTS_PORT to a free port.",
                    markup=False,
                )
                raise typer.Exit(1)
            time.sleep(_LOOK_EVERY_S)
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
    console.print(f"What was sent is kept in {settings.data_dir}; see it with: make run", highlight=False)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _sign_in(client: httpx.Client) -> dict[str, str]:
    tokens = {}
    for account in SAMPLE_ACCOUNTS:
        answer = client.post("/v1/tokens", json={"email": account.email, "password": account.password})
        if answer.status_code != httpx.codes.OK:
            Console(stderr=True).print(
                "The running program has no sample to sign in to. Start it with `tillpoints serve --sample`.",
                markup=False,
            )
            raise typer.Exit(1)
        tokens[account.email] = answer.json()["access_token"]
    return tokens


def _headers(tokens: dict[str, str], email: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens[email]}"}


def _send_all(client: httpx.Client, tokens: dict[str, str], cases: tuple[Scenario, ...]) -> list[_Sent]:
    ids = []
    for case in track(cases, description="Sending", transient=True, disable=not sys.stdout.isatty()):
        answer = client.post(
            "/v1/submissions",
            headers=_headers(tokens, case.sender),
            files={"files": (case.file_name, case.data)},
        )
        # A refusal of every file is a problem document, and holds the receipts all the same.
        ids.append(answer.json()["receipts"][0]["id"])
    waiting = zip(cases, ids, strict=True)
    progress = track(
        waiting,
        total=len(ids),
        description="Waiting for the workers",
        transient=True,
        disable=not sys.stdout.isatty(),
    )
    return [_Sent(case, _settled(client, tokens, case.sender, receipt_id)) for case, receipt_id in progress]


def _settled(client: httpx.Client, tokens: dict[str, str], email: str, receipt_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + _END_WITHIN_S
    while True:
        receipt: dict[str, Any] = client.get(
            f"/v1/receipts/{receipt_id}", headers=_headers(tokens, email)
        ).json()
        if receipt["state"] not in _MOVING or time.monotonic() > deadline:
            return receipt
        time.sleep(_LOOK_EVERY_S)


def _other_doors(
    settings: Settings, client: httpx.Client, tokens: dict[str, str], console: Console, drawn: Stage
) -> list[DoorEnd]:
    plan = load_plan(doors_folder(settings))
    if plan is None:
        console.print(
            "The running program has no sample doors (`make run` has): nothing goes by mail or text.",
            highlight=False,
        )
        return []

    def ask(path: str) -> dict[str, Any]:
        found: dict[str, Any] = client.get(path, headers=_headers(tokens, CORE.email)).json()
        return found

    ends = send_through_doors(plan, doors_folder(settings), drawn, ask)
    table = Table(title="Mails and texts", title_justify="left", show_lines=True, expand=True)
    table.add_column("Sent", ratio=4)
    table.add_column("By", ratio=3)
    table.add_column("Decided", no_wrap=True)
    table.add_column("Points", justify="right", no_wrap=True)
    table.add_column("Answered", ratio=7)
    for end in ends:
        colour = _COLOURS.get(end.state, "white")
        table.add_row(
            end.story.story,
            end.story.sender,
            f"[{colour}]{end.state}[/{colour}]",
            "" if end.receipt is None else _points(end.receipt),
            shown(_gist(end.answer)),
        )
    console.print(table)
    return ends


def _gist(answer: str) -> str:
    """What an answer says, without its blank lines and its signature."""
    lines = [line.strip() for line in answer.splitlines() if line.strip() and "://" not in line[:8]]
    return "\n".join(lines[:_GIST_LINES])


def _table(sent: list[_Sent]) -> Table:
    table = Table(title="Sample receipts", title_justify="left", show_lines=True, expand=True)
    table.add_column("Sent", ratio=3)
    table.add_column("Read as", ratio=3)
    table.add_column("Ours on it", ratio=4)
    table.add_column("Decided", no_wrap=True)
    table.add_column("Points", justify="right", no_wrap=True)
    table.add_column("Why", ratio=5)
    for one in sent:
        receipt = one.receipt
        colour = _COLOURS.get(receipt["state"], "white")
        table.add_row(
            f"{one.scenario.story}\n[dim]{one.scenario.file_name}[/dim]",
            _read_as(receipt),
            _matched(receipt),
            f"[{colour}]{receipt['state']}[/{colour}]",
            _points(receipt),
            _why(receipt),
        )
    return table


def _read_as(receipt: dict[str, Any]) -> str:
    if receipt["total"] is None and not receipt["retailer"]:
        return "-"
    total = receipt["total"]
    paid = "no total read" if total is None else f"{total['amount']} {total['currency']}"
    return f"{receipt['retailer'] or 'no shop read'}\n{receipt['purchased_on'] or 'no date read'}\n{paid}"


def _matched(receipt: dict[str, Any]) -> str:
    ours = [line for line in receipt["lines"] if line["verdict"] in {"accept", "ask"}]
    return "\n".join(
        f"{line['quantity']} x {line['product']['name']} {line['product']['size']}".rstrip()
        + (" ?" if line["verdict"] == "ask" else "")
        for line in ours
        if line["product"] is not None
    )


def _points(receipt: dict[str, Any]) -> str:
    if receipt["state"] == "held":
        return f"({receipt['would_pay']})"
    return str(receipt["points"] or 0)


def _why(receipt: dict[str, Any]) -> str:
    if receipt["state"] == "awarded":
        return "\n".join(outcome["sentence"] for outcome in receipt["outcomes"] if outcome["points"])
    return "\n".join(receipt["reasons"]) or str(receipt["sentence"])


def _summary(
    console: Console,
    client: httpx.Client,
    tokens: dict[str, str],
    sent: list[_Sent],
    through: list[DoorEnd],
    seconds: float,
) -> None:
    right = sum(one.as_expected for one in sent) + sum(end.as_expected for end in through)
    console.print(
        f"{right} of {len(sent) + len(through)} ended as their stories say, {seconds:.0f} s in all; "
        "points in brackets wait for the reviewer.",
        highlight=False,
    )
    for one in sent:
        if not one.as_expected:
            said = "" if one.scenario.points is None else f" with {one.scenario.points} points"
            console.print(f"  not so: {one.scenario.story}: expected {one.scenario.expected.value}{said}")
    for end in through:
        if not end.as_expected:
            console.print(f"  not so: {end.story.story}: expected {end.story.expected}, ended {end.state}")
    for email in dict.fromkeys(one.scenario.sender for one in sent):
        member = next(one.receipt["member_id"] for one in sent if one.scenario.sender == email)
        balance = client.get(f"/v1/members/{member}/points", headers=_headers(tokens, email)).json()
        console.print(f"Balance of {email}: {balance['balance']} points", highlight=False)
