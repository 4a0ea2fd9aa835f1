"""`python tools/catalogues.py`: bring the catalogues of members' pages, mails and texts up to date.

What is new stands there without a translation, and a test says so until it has one.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).resolve().parents[1]
PAGES = HERE / "api" / "pages"
ANSWERS = HERE / "pipeline" / "answers"
LOCALE = HERE / "pipeline" / "locale"
sys.path.insert(0, str(HERE))

OF_STAFF = frozenset(
    {
        "blind_review.html",
        "deliveries.html",
        "inbox.html",
        "inbox_message.html",
        "learned.html",
        "learned_name.html",
        "program.html",
        "review_case.html",
        "review_list.html",
    }
)
_EXTRACTOR = "jinja2.ext:babel_extract"


def template_words() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Each template with what it says: a text, or one for one and one for many."""
    answers = (ANSWERS / "templates").glob("*")
    for path in sorted([*(PAGES / "templates").glob("*.html"), *answers]):
        if path.name in OF_STAFF:
            continue
        found = extract(
            _EXTRACTOR, io.BytesIO(path.read_bytes()), options={"trimmed": "true", "silent": "false"}
        )
        for _, message, _, _ in found:
            yield (
                path.name,
                tuple(each for each in message if each) if isinstance(message, tuple) else message,
            )


def code_words() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """What answers say that is put together in code, where it is said."""
    for path in (ANSWERS / "words.py", ANSWERS.parent / "texting.py"):
        for _, message, _, _ in extract("python", io.BytesIO(path.read_bytes()), keywords={"said": None}):
            yield path.name, message


def spoken_words() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """What the pages say that stands in the code: the sentences of states and refusals, and labels."""
    from api.pages.language import sentences

    yield from sentences()


def template() -> Catalog:
    """All words, without translations."""
    catalogue = Catalog(project="Tillpoints", charset="utf-8", fuzzy=False)
    for place, message in (*template_words(), *code_words(), *spoken_words()):
        catalogue.add(message, locations=[(place, 0)])
    return catalogue


def main() -> None:
    """Write them."""
    for path in sorted((LOCALE).glob("*/LC_MESSAGES/member.po")):
        language = path.parts[-3]
        catalogue = (
            read_po(io.BytesIO(path.read_bytes()), locale=language)
            if path.stat().st_size
            else Catalog(locale=language, project="Tillpoints", charset="utf-8", fuzzy=False)
        )
        catalogue.update(template(), no_fuzzy_matching=True, keep_user_comments=False)
        catalogue.obsolete.clear()
        catalogue.header_comment = "# Words of the member's pages, kept by tools/catalogues.py."
        catalogue.version, catalogue.last_translator, catalogue.msgid_bugs_address = "1", "", ""
        with path.open("wb") as file:
            write_po(file, catalogue, width=100, no_location=True, omit_header=False, sort_output=True)


if __name__ == "__main__":
    main()
