"""The returns of the books' state machine: by shops, by slips, early and late, by line and by product."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from pipeline import returns
from pipeline.return_parts import ReportedReturn, ReturnedLine
from receipts.database.repositories.returns import Return
from receipts.identity import Sku
from tests.support.books_machine import BooksMachine
from tests.support.books_parts import NUMBER, RUNS, STEPS, STEPS_A_RUN, Line, Place, Purchase


class BooksMachineWithReturns(BooksMachine):
    """The whole machine; a subclass names its place."""

    @rule(data=st.data(), seen=st.integers(1, 4), quantity=st.integers(1, 3))
    def bring_back_early(self, data: st.DataObject, seen: int, quantity: int) -> None:
        """Told of a photo that is not decided yet: kept, and taken once it is."""
        purchase = data.draw(st.sampled_from(self.purchases))
        shown = min(seen, len(purchase.lines))
        position = data.draw(st.integers(0, shown - 1))
        line = purchase.lines[position]
        receipt_id = self._screened(purchase, shown)
        tells = line.sku is not None and line.told_by != "slip" and line.gone < line.quantity
        if tells:
            line.told_by = "shop"
            gone = (ReturnedLine(position, None, Decimal(quantity)),)
            asked = ReportedReturn(f"R-{next(NUMBER)}", receipt_id, gone)
            found = self.act("early", lambda: returns.report_return(self.wiring, self.program, asked))
            assert isinstance(found, returns.NotDecidedYet)
        self.act("upload", lambda: self._decide(receipt_id))
        self._decided(purchase, receipt_id, shown)
        if tells:
            self.let_time_pass(0.0)
            line.gone = min(line.quantity, line.gone + quantity)

    @precondition(lambda self: self._slips())
    @rule(data=st.data(), quantity=st.integers(1, 3), told_too=st.booleans())
    def send_a_slip(self, data: st.DataObject, quantity: int, told_too: bool) -> None:
        """The refund's own receipt, which prints the purchase's number; the shop may tell of it too."""
        purchase, position = data.draw(st.sampled_from(self._slips()))
        line = purchase.lines[position]
        line.told_by = "slip"
        pieces = min(quantity, line.quantity)
        given = Line(line.sku, pieces, line.minor // line.quantity * pieces)
        printed = Purchase(f"purchase1/{next(NUMBER)}", [given], number=purchase.number)
        slip = self._screened(printed, 1, refund=True)
        self.act("slip", lambda: self._decide(slip))
        self.let_time_pass(0.0)
        line.gone = pieces
        if told_too and line.owner is not None:
            gone = (ReturnedLine(position, None, Decimal(pieces)),)
            asked = ReportedReturn(f"R-{next(NUMBER)}", line.owner, gone)
            found = self.act("return", lambda: returns.report_return(self.wiring, self.program, asked))
            assert isinstance(found, Return)

    def _slips(self) -> list[tuple[Purchase, int]]:
        """Lines that were never told of, alone of their product: of two nobody knows which came back."""
        return [
            (purchase, position)
            for purchase, position in self._owned()
            if not purchase.lines[position].told_by
            and sum(each.sku == purchase.lines[position].sku for each in purchase.lines) == 1
        ]

    @precondition(lambda self: self._tellable())
    @rule(data=st.data(), quantity=st.integers(1, 3), twice=st.booleans())
    def bring_back(self, data: st.DataObject, quantity: int, twice: bool) -> None:
        purchase, position = data.draw(st.sampled_from(self._tellable()))
        line = purchase.lines[position]
        line.told_by = "shop"
        assert line.owner is not None
        against = data.draw(
            st.sampled_from([line.owner, *(each for each, seen in purchase.shown if position < seen)])
        )
        asked = ReportedReturn(
            f"R-{next(NUMBER)}", against, (ReturnedLine(position, None, Decimal(quantity)),)
        )
        for _ in range(2 if twice else 1):
            found = self.act("return", lambda: returns.report_return(self.wiring, self.program, asked))
            assert isinstance(found, Return)
        line.gone = min(line.quantity, line.gone + quantity)

    def _tellable(self) -> list[tuple[Purchase, int]]:
        return [each for each in self._owned() if each[0].lines[each[1]].told_by != "slip"]

    def _owned(self) -> list[tuple[Purchase, int]]:
        return [
            (purchase, position)
            for purchase in self.purchases
            for position, line in enumerate(purchase.lines)
            if line.owner is not None and line.sku is not None and line.gone < line.quantity
        ]

    @precondition(lambda self: self._alone_of_product())
    @rule(data=st.data(), quantity=st.integers(1, 3))
    def bring_back_by_product(self, data: st.DataObject, quantity: int) -> None:
        """The shop names the product that the line is known to be by now, on any photo that shows it."""
        purchase, position = data.draw(st.sampled_from(self._alone_of_product()))
        line = purchase.lines[position]
        assert line.sku is not None
        line.told_by = "shop"
        against = data.draw(st.sampled_from([each for each, seen in purchase.shown if position < seen]))
        gone = (ReturnedLine(None, Sku(line.sku), Decimal(quantity)),)
        asked = ReportedReturn(f"R-{next(NUMBER)}", against, gone)
        found = self.act("by product", lambda: returns.report_return(self.wiring, self.program, asked))
        assert isinstance(found, Return), found
        line.gone = min(line.quantity, line.gone + quantity)

    def _alone_of_product(self) -> list[tuple[Purchase, int]]:
        return [
            (purchase, position)
            for purchase, position in self._tellable()
            if sum(each.sku == purchase.lines[position].sku for each in purchase.lines) == 1
        ]


def machine_of(place: Place) -> type[BooksMachine]:
    """The machine on this database."""
    return type("BooksMachineHere", (BooksMachineWithReturns,), {"place": place})


def play(place: Place) -> None:
    run_state_machine_as_test(
        machine_of(place),
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS_A_RUN,
            deadline=None,
            database=None,
            derandomize=not STEPS,
            phases=(Phase.generate,) if not STEPS else (Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
