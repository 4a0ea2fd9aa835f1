"""The sample's mail server and text provider: their plan, and how the program is told of it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from pipeline.settings import Settings, SettingsError

_NEEDED = ("aiosmtpd", "pymap", "nacl")
"""Only an installation for trying things out has what they are made of."""


def doors_folder(settings: Settings) -> Path:
    """Where the sample's doors keep their files."""
    return settings.data_dir / "sample"


def planned_doors(settings: Settings) -> tuple[str, dict[str, str]]:
    """Plan them: what to tell whoever tries them out, and the environment that tells the program.

    Raises:
        SettingsError: their servers are not installed.
    """
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise SettingsError(
            f"the sample's doors need {', '.join(missing)}: run `make setup`, or leave out --sample-doors"
        )
    from fixtures.doors.plan import ADDRESS, HOST, channels_file, dns_file, make_plan

    folder = doors_folder(settings)
    plan = make_plan(folder, public_url=settings.resolved_public_url)
    environment = {
        "TILLPOINTS_CHANNELS_FILE": str(channels_file(folder)),
        "TILLPOINTS_DNS_FILE": str(dns_file(folder)),
    }
    words = (
        f"Mail: send to {ADDRESS} by SMTP at {HOST}:{plan.smtp_port}; answers go to {plan.sent_folder}\n"
        f"Text: `make demo` sends some; the answers are at {plan.texts_url}/texts"
    )
    return words, environment
