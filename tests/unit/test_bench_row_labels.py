"""What the trial of learned rows reckons with."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from bench.row_labels.compose import closing, composed
from bench.row_labels.features import row_features
from bench.row_labels.gold import LABELS, RowLabel, as_matrix, labelled_gold
from bench.row_labels.model import train
from bench.row_labels.pages import Page, chain_pages
from bench.row_labels.rankers import Candidates, fit_ranker
from bench.row_labels.rules import parsed, view_of
from bench.row_labels.study import model_says, row_score, rules_say
from bench.row_labels.ways import Reader, Use, Way, item_f1
from fixtures.generator.chains.chain import load_chains
from ocr.lexicon import Kind as RowKind
from ocr.parse import Parsed
from receipts.transcript import Quad, Row, TextBox

FORMS = 9
"""Of the training chains; each takes half a second to draw and read."""


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    return list(chain_pages("training", FORMS, seed="test", slips=False))


def _row(index: int, left: str, right: str = "") -> Row:
    top = 40 * index
    boxes = [TextBox(left, Quad.upright(left=0, top=top, right=12 * len(left), bottom=top + 30), 0.99)]
    if right:
        at = 600 - 12 * len(right)
        boxes.append(TextBox(right, Quad.upright(left=at, top=top, right=600, bottom=top + 30), 0.99))
    return Row(tuple(boxes))


def _rows() -> tuple[Row, ...]:
    return (
        _row(0, "CORNER GROCER"),
        _row(1, "12 Mill Street"),
        _row(2, "03/14/2026 10:12"),
        _row(3, "OAT BISCUITS", "2.40"),
        _row(4, "GREEN SOAP", "3.10"),
        _row(5, "SUBTOTAL", "5.50"),
        _row(6, "TAX", "0.50"),
        _row(7, "TOTAL", "$6.00"),
        _row(8, "VISA", "6.00"),
        _row(9, "THANK YOU"),
    )


LABEL = {
    "retailer": "Corner Grocer",
    "total": 6.0,
    "items": [{"description": "OAT BISCUITS", "amount": 2.4}, {"description": "GREEN SOAP", "amount": 3.1}],
}
SAID = [RowLabel.HEADER] * 3 + [RowLabel.ITEM] * 2 + [
    RowLabel.SUBTOTAL, RowLabel.TAX, RowLabel.TOTAL, RowLabel.TENDER, RowLabel.NOISE,
]  # fmt: skip


def _sure(labels: list[RowLabel], most: float = 0.98) -> np.ndarray:
    rest = (1 - most) / (len(LABELS) - 1)
    return np.array([[most if label is each else rest for each in LABELS] for label in labels])


def test_forms_say_what_each_printed_row_is(pages: list[Page]) -> None:
    assert {page.group for page in pages} == {chain.key for chain in load_chains("training")[:FORMS]}
    for page in pages:
        gold = page.gold or ()
        items = [index for index, each in enumerate(gold) if each == {RowLabel.ITEM}]
        amounts = [[price.value for price in page.view.lines[index].prices] for index in items]
        assert len(items) == len(page.label["items"]), page.name
        for found, item in zip(amounts, page.label["items"], strict=True):
            assert Decimal(str(item["amount"])) in found, page.name
        totals = [index for index, each in enumerate(gold) if each == {RowLabel.TOTAL}]
        assert totals, page.name
        paid = Decimal(str(page.label["total"]))
        assert all(paid in [p.value for p in page.view.lines[i].prices] for i in totals), page.name


def test_a_label_says_which_rows_are_items() -> None:
    view = view_of(_rows())
    gold = labelled_gold(view.lines, LABEL)
    assert gold is not None
    assert [index for index, each in enumerate(gold) if each == {RowLabel.ITEM}] == [3, 4]
    assert all(RowLabel.ITEM not in gold[index] for index in (0, 1, 2, 5, 6, 7, 8, 9))
    assert labelled_gold(view.lines, {"total": 6.0}) is None


def test_rules_and_a_fitted_model_know_most_rows_of_what_they_were_made_on(pages: list[Page]) -> None:
    assert row_score(pages, rules_say(pages)).right > 0.9
    tables = {page.name: row_features(page.view.lines, page.view.cues.vocabulary) for page in pages}
    x = np.concatenate(list(tables.values()))
    allowed = np.concatenate([as_matrix(page.gold or ()) for page in pages])
    model = train(x, allowed, hidden=8, epochs=200, networks=1)
    said = {name: model.probabilities(table) for name, table in tables.items()}
    assert np.concatenate(list(said.values())).sum(axis=1) == pytest.approx(1.0)
    assert row_score(pages, model_says(said)).right > 0.9


def test_a_label_left_open_teaches_neither_way() -> None:
    x = np.array([[0.0], [1.0]] * 40)
    allowed = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]] * 40)
    sure = train(x, allowed, hidden=0, epochs=900, networks=1).probabilities(np.array([[1.0]]))[0]
    assert sure[0] < 0.2
    assert sure[1] + sure[2] > 0.8


def test_rows_named_otherwise_are_read_otherwise_and_only_then() -> None:
    def names(kinds: dict[int, RowKind]) -> list[str]:
        answer = parsed(_rows(), kinds)
        assert isinstance(answer, Parsed)
        return [item.description for item in answer.receipt.items]

    assert names({}) == ["OAT BISCUITS", "GREEN SOAP"]
    assert names({4: RowKind.META}) == ["OAT BISCUITS"]
    assert names({}) == ["OAT BISCUITS", "GREEN SOAP"]


@pytest.mark.parametrize(
    ("use", "wrong", "read"),
    [
        (Use.DROP, {4: RowLabel.NOISE}, ["OAT BISCUITS"]),
        (Use.HIDE, {4: RowLabel.NOISE}, ["OAT BISCUITS", "GREEN SOAP"]),
        (Use.COMPOSE, {4: RowLabel.NOISE}, ["OAT BISCUITS", "GREEN SOAP"]),
        (Use.INSERT, {5: RowLabel.ITEM}, ["OAT BISCUITS", "GREEN SOAP", "SUBTOTAL"]),
    ],
)
def test_what_sums_prove_is_kept_unless_the_use_says_otherwise(
    use: Use, wrong: dict[int, RowLabel], read: list[str]
) -> None:
    said = [wrong.get(index, label) for index, label in enumerate(SAID)]
    page = Page("one", "one", _rows(), view_of(_rows()), LABEL, None, real=False)
    reader = Reader({"one": _sure(said)})
    row = reader.read(page, Way(use, 0.9, when_open=False))
    assert [item["description"] for item in row["receipt"]["items"]] == read
    assert reader.read(page, Way(use, 0.9, when_open=True)) == reader.read(page, None)


def test_items_are_composed_of_labels_and_doubtful_rows_turned_until_the_sums_close() -> None:
    view = view_of(_rows())
    assert [draft.amount for draft in composed(view, SAID)] == [Decimal("2.40"), Decimal("3.10")]
    sure = _sure(SAID)
    sure[4] = 0.0
    sure[4, [LABELS.index(RowLabel.ITEM), LABELS.index(RowLabel.NOISE)]] = 0.4, 0.6
    assert closing(view, sure, Decimal("6.00"), flips=0) is None
    turned = closing(view, sure, Decimal("6.00"), flips=1)
    assert turned is not None
    assert [draft.description for draft in turned] == ["OAT BISCUITS", "GREEN SOAP"]


def test_names_above_bare_amounts_and_reductions_go_to_their_item() -> None:
    rows = (
        _row(0, "OAT BISCUITS"),
        _row(1, "2 x 1.20", "2.40"),
        _row(2, "GREEN SOAP"),
        _row(3, "1 x 3.10", "3.10"),
        _row(4, "SAVED", "-0.50"),
        _row(5, "TOTAL", "$5.00"),
    )
    part, item = RowLabel.PART, RowLabel.ITEM
    drafts = composed(view_of(rows), [part, item, part, item, RowLabel.DISCOUNT, RowLabel.TOTAL])
    said = [(draft.description, draft.quantity, draft.net) for draft in drafts]
    assert said[0] == ("OAT BISCUITS", 2, Decimal("2.40"))
    assert (said[1][0], said[1][2]) == ("GREEN SOAP", Decimal("2.60"))


def test_a_ranker_answers_only_as_far_ahead_as_it_must_be() -> None:
    page = Candidates(("3", "6"), np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([False, True]), 0)
    ranker = fit_ranker([page] * 10)
    assert ranker.probabilities(page).argmax() == 1
    assert ranker.answer(page, 0.1) == "6"
    assert ranker.answer(page, 1.5) == "3"


def test_item_f1_is_micro_averaged() -> None:
    assert item_f1([(1, 2, 1), (3, 3, 3)]) == pytest.approx(8 / 9)
