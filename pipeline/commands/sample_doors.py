"""`sample-doors`: the sample's mail server and text provider, started by `serve --sample-doors`."""

from __future__ import annotations

from pipeline.commands.process import ExitWithParent, start
from pipeline.sample_servers import doors_folder
from pipeline.settings import SettingsError
from pipeline.supervise import stop_on_signals


def sample_doors(with_parent: ExitWithParent = False) -> None:
    """Run the sample's mail server and text provider on this machine alone."""
    settings = start(with_parent=with_parent)
    from fixtures.doors.mail import SampleMail
    from fixtures.doors.plan import load_plan
    from fixtures.doors.texts import SampleTexts

    plan = load_plan(doors_folder(settings))
    if plan is None:
        raise SettingsError("the sample's doors have no plan: start `tillpoints serve --sample-doors`")
    mail, texts = SampleMail(plan), SampleTexts(plan)
    mail.start()
    try:
        texts.start()
        stop_on_signals().wait()
    finally:
        texts.stop()
        mail.stop()
