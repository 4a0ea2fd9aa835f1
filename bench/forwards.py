"""Score unwrapping against a folder of forwarded mails whose names say what they are.

All are forwards of one message: `CLIENT_LANGUAGE_body[_variant_N].txt` the body, `..._subject...` a subject
line that such a body came under. Variants 4 are answers and must not be taken for forwards. Right means: the
sender, the day, the subject and how the body begins.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.email.forward_lines import Prefix, split_subject
from ingest.email.unwrap import Unwrapped, unwrap_body

NAME = "John Doe"
ADDRESS = "john.doe@acme.com"
SUBJECT = "Integer consequat non purus"
BEGINNING = "Aenean quis diam urna. Maecenas eleifend vulputate ligula ac consequat."
ENDING = "at congue massa sagittis eget."
DAYS = {
    "apple_mail": "2021-10-26 2021-10-25 2021-07-16",
    "gmail": "2021-10-27 2023-04-06",
    "hubspot": "2022-09-19",
    "ionos_one_and_one": "2023-02-10",
    "mailmate": "2021-10-27",
    "missive": "2022-07-19 2022-07-01",
    "new_outlook_2019": "2021-10-28 2023-04-06",
    "outlook_2013": "2021-10-25",
    "outlook_2019": "2021-10-28",
    "outlook_live": "2021-10-27 2023-04-06",
    "thunderbird": "2021-11-03 2023-04-06",
    "unknown": "2022-07-23",
    "yahoo": "2021-11-02",
}
"""On which the message was sent, as each program's forwards say; they were made on different days."""
WITHOUT_SUBJECT = "outlook_2019"
"""Its bodies name no subject: the mail's own says it."""
WITHOUT_ADDRESS = {"unknown_en_body_variant_12"}
ANSWER = "variant_4"

_FILE = re.compile(
    r"(?P<client>.+?)(?:_(?P<language>[a-z]{2}|pt_br))?_(?P<part>body|subject)(?:_(?P<variant>\w+))?"
)


@dataclass(frozen=True)
class Sample:
    """One file."""

    name: str
    client: str
    part: str
    is_answer: bool
    text: str


def samples(folder: Path) -> Iterator[Sample]:
    """The folder's files, by name."""
    for path in sorted(folder.glob("*.txt")):
        found = _FILE.fullmatch(path.stem)
        if found is not None:
            text = path.read_text(encoding="utf-8")
            yield Sample(path.stem, found["client"], found["part"], found["variant"] == ANSWER, text)


def subject_of(sample: Sample, every: list[Sample]) -> str:
    """A subject line that this body came under: of the same client, and an answer's for an answer."""
    if sample.is_answer:
        return f"Re: {SUBJECT}"
    own = [one.text for one in every if one.part == "subject" and one.client == sample.client]
    return next((text for text in own if split_subject(text)[0] is Prefix.FORWARD), "")


def faults(sample: Sample, subject: str) -> list[str]:
    """What is wrong with the answer for one file; empty where it is right."""
    if sample.part == "subject":
        said, rest = split_subject(sample.text)
        right = (Prefix.REPLY,) if sample.is_answer else (Prefix.FORWARD, Prefix.AMBIGUOUS)
        return [] if said in right and rest.removeprefix("Re: ") == SUBJECT else ["prefix"]
    mail = unwrap_body(sample.text, subject=subject)
    if sample.is_answer:
        return ["forwarded"] if mail.forwarded else []
    return list(_faults_of_forward(sample, mail, subject))


def _faults_of_forward(sample: Sample, mail: Unwrapped, subject: str) -> Iterator[str]:
    if not mail.forwarded:
        yield "forwarded"
    if mail.sender_name != NAME:
        yield "name"
    if mail.sender_address != ("" if sample.name in WITHOUT_ADDRESS else ADDRESS):
        yield "address"
    day = mail.date.date().isoformat() if mail.date else ""
    if day not in DAYS.get(sample.client, day).split() or mail.date_text not in sample.text:
        yield "date"
    if mail.subject != (SUBJECT if sample.client != WITHOUT_SUBJECT or subject else ""):
        yield "subject"
    if not mail.text.startswith(BEGINNING):
        yield "body"
    if sample.text.rstrip("> \n").endswith(ENDING) and not mail.text.endswith(ENDING):
        yield "end"


def main() -> None:
    """Print the score, with and without the subject line."""
    folder = Path(sys.argv[1])
    every = list(samples(folder))
    if not every:
        sys.exit(
            f"No forwarded mails at {folder}: name their folder (python -m bench forwards DIR), or by"
            " TILLPOINTS_SHARED the one that has receipts/emails/forwarded in it."
        )
    right: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    wrong: list[str] = []
    for sample in every:
        for with_subject in (True, False):
            found = faults(sample, subject_of(sample, every) if with_subject else "")
            right[with_subject][sample.client] += not found
            if found:
                how = "with" if with_subject else "without"
                wrong.append(f"{sample.name}, {how} its subject line: {', '.join(found)}")
    total = Counter(sample.client for sample in every)
    print(f"{'program':20} {'files':>5} {'right':>5} {'without a subject line':>22}")
    for client, files in sorted(total.items()):
        print(f"{client:20} {files:5} {right[True][client]:5} {right[False][client]:22}")
    sums = sum(total.values()), sum(right[True].values()), sum(right[False].values())
    print(f"{'all':20} {sums[0]:5} {sums[1]:5} {sums[2]:22}")
    print("\n".join(wrong))


if __name__ == "__main__":
    main()
