"""`serve`, `api`, `worker`, `relay`: the processes."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from pipeline.commands.process import ExitWithParent, start
from pipeline.logs import set_up_logs
from pipeline.publishers.run import PublisherThreads, followers_of
from pipeline.relay import Relay
from pipeline.sample import SAMPLE_ACCOUNTS, add_sample
from pipeline.sample_servers import planned_doors
from pipeline.settings import Settings, SettingsError, load_settings
from pipeline.supervise import Supervisor, stop_on_signals
from pipeline.wiring import build
from pipeline.worker import work

_LOOK_EVERY_S = 0.3


def serve(
    sample: Annotated[
        bool, typer.Option("--sample", help="Add the sample program, catalog, member and reviewer first.")
    ] = False,
    sample_doors: Annotated[
        bool,
        typer.Option(
            "--sample-doors", help="Give the sample a mail server and a text provider on this machine."
        ),
    ] = False,
) -> None:
    """Run everything: API and pages, workers, relay and mailboxes, started again when one dies.

    Example: tillpoints serve --sample, then open http://127.0.0.1:8000.
    """
    settings = load_settings()
    set_up_logs(settings.log_level)
    _refuse_taken_port(settings)
    commands: list[tuple[str, ...]] = [("api",), ("worker",), ("relay",)]
    environment: dict[str, str] = {}
    doors = ""
    if sample_doors:
        doors, environment = planned_doors(settings)
        commands.append(("sample-doors",))
    wiring = build(settings, acts_across=True)
    wiring.database.migrate()
    _ = wiring.secret_key  # made here once, before several processes want it
    if sample:
        add_sample(wiring)
    if sample_doors or any(channels.email is not None for channels in wiring.channels.values()):
        commands.append(("mailbox",))
    wiring.close()
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(f"Tillpoints starts, with its data in {settings.data_dir}", markup=False)
    stop = stop_on_signals()
    threading.Thread(target=_welcome, args=(console, settings, sample, doors, stop), daemon=True).start()
    Supervisor(commands, environment=environment).run(stop)


def _refuse_taken_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise SettingsError(
                f"cannot listen on {settings.host}:{settings.port} ({error.strerror}):"
                " stop what runs there, or set TILLPOINTS_PORT"
            ) from error


def _welcome(console: Console, settings: Settings, sample: bool, doors: str, stop: threading.Event) -> None:
    """Say where to look, once there is something to see."""
    while not stop.wait(_LOOK_EVERY_S):
        with contextlib.suppress(OSError), socket.create_connection((settings.host, settings.port), 1):
            break
    if stop.is_set():
        return
    console.print(
        f"\nReady: open [bold]{settings.resolved_public_url}[/bold]{' and sign in as' if sample else ''}"
    )
    for account in SAMPLE_ACCOUNTS if sample else ():
        console.print(f"  {account.role.value:9} {account.email:20} password {account.password}")
    if doors:
        console.print(doors, markup=False, highlight=False)
    console.print("Stop with Ctrl-C.\n")


def api(with_parent: ExitWithParent = False) -> None:
    """Run the API and the pages alone. Example: TILLPOINTS_PORT=9000 tillpoints api."""
    settings = start(with_parent=with_parent)
    wiring = build(settings, acts_across=True)
    wiring.database.migrate()
    wiring.close()
    uvicorn.run(
        "api.app:app_from_settings",
        factory=True,
        host=settings.host,
        port=settings.port,
        forwarded_allow_ips=settings.trusted_proxies,
        log_level="warning",  # our own lines carry what matters
        access_log=False,
        timeout_graceful_shutdown=5,
    )


def worker(
    with_parent: ExitWithParent = False,
    one: Annotated[bool, typer.Option("--one", hidden=True, help="One process, whatever is set.")] = False,
) -> None:
    """Run workers alone, a process each. Example: TILLPOINTS_WORKER_PROCESSES=4 tillpoints worker."""
    settings = start(with_parent=with_parent)
    if one or settings.worker_processes == 1:
        wiring = build(settings, acts_across=True)
        wiring.database.migrate()
        wiring.close()
        work(settings)
    else:
        Supervisor([("worker", "--one")] * settings.worker_processes).run(stop_on_signals())


def relay(with_parent: ExitWithParent = False) -> None:
    """Run the relay alone: it rings for workers, publishes messages, and sweeps."""
    settings = start(with_parent=with_parent)
    wiring = build(settings, acts_across=True)
    wiring.database.migrate()
    stop = stop_on_signals()
    publishers = PublisherThreads(followers_of(wiring), poll_s=settings.relay_poll_s, stop=stop)
    publishers.start()
    Relay(wiring).run(stop)
    publishers.join()
