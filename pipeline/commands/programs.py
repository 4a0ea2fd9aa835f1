"""`campaign import`, and which program a command is about."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from awarding.campaign_file import CampaignError, campaign_document, read_campaigns
from pipeline.clock import utc_now
from pipeline.settings import load_settings
from pipeline.wiring import Wiring, build
from receipts.database.repositories.programs import CampaignVersionError, ProgramData, Programs
from receipts.identity import ProgramId
from receipts.program import Program

campaign = typer.Typer(help="Campaigns: dates, retailers and earning rules.", no_args_is_help=True)

ProgramOption = Annotated[
    str, typer.Option("--program", help="The program's id; may be left out where there is only one.")
]


def chosen_program(wiring: Wiring, program_id: str) -> Program:
    """The program of that id, or the only one there is; ends the command with a sentence otherwise."""
    with wiring.database.read() as session:
        if program_id:
            found = Programs(session).find(ProgramId(program_id))
            programs: tuple[Program, ...] = () if found is None else (found,)
        else:
            programs = Programs(session).all()
    if len(programs) == 1:
        return programs[0]
    if program_id:
        message = f"There is no program {program_id!r}."
    elif programs:
        message = f"Say which: --program {' | '.join(program.id for program in programs)}"
    else:
        message = "There is no program yet: see `tillpoints program add --help`."
    Console(stderr=True).print(message, markup=False)
    raise typer.Exit(2)


def ready_wiring() -> Wiring:
    """The parts, with the database's tables at their newest."""
    wiring = build(load_settings(), acts_across=True)
    wiring.database.migrate()
    return wiring


@campaign.command("import")
def campaign_import(
    files: Annotated[list[Path], typer.Argument(help="JSON, as docs/campaign.schema.json says.")],
    program: ProgramOption = "",
) -> None:
    """Put campaigns in force. A changed document becomes the campaign's next version.

    Example: tillpoints campaign import spring.json
    """
    wiring = ready_wiring()
    target = chosen_program(wiring, program)
    for file in files:
        try:
            for parsed in read_campaigns(file):
                with wiring.database.write() as session:
                    created = ProgramData(session, target.id).import_campaign(
                        parsed.id, parsed.version, campaign_document(parsed), utc_now()
                    )
                what = "is now in force" if created else "was in force already"
                Console().print(f"Campaign {parsed.id}, version {parsed.version}, {what}.", markup=False)
        except CampaignError as error:  # names the file itself
            Console(stderr=True, soft_wrap=True).print(str(error), markup=False, highlight=False)
            raise typer.Exit(1) from error
        except (CampaignVersionError, OSError, ValueError) as error:
            Console(stderr=True).print(f"{file}: {error}", markup=False)
            raise typer.Exit(1) from error
