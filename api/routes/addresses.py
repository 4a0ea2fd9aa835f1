"""A member's linked mail addresses and numbers, for the core loyalty service."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from api import channel_models as models
from api import channel_presenters as presenters
from api.auth import Allowed, Caller, wiring_of
from api.errors import ApiError, FieldError, documented, not_found
from api.plain_text import PlainText
from api.queries import KnownQuery
from pipeline.linking import NotLinked, link_directly, my_addresses, read_address, unlink
from receipts.database.repositories.programs import ProgramData
from receipts.identity import MemberId, Role
from receipts.inbound import Address, AddressKind

router = APIRouter(prefix="/v1/members", tags=["members"])

Viewer = Annotated[Caller, Depends(Allowed(Role.MEMBER, Role.ADMIN, Role.SERVICE))]
Linker = Annotated[Caller, Depends(Allowed(Role.ADMIN, Role.SERVICE))]
KindName = Literal["email", "phone"]

_MOST_CHARS = 320
_ERRORS = documented(
    HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY
)


def _member(request: Request, caller: Caller, member_id: str) -> MemberId:
    """The member's id, where the caller may see that member; 404 otherwise."""
    found = MemberId(member_id)
    if caller.only_member not in (None, found):
        raise not_found("member")
    with wiring_of(request).database.read() as session:
        if not ProgramData(session, caller.program_id).takes_part(found):
            raise not_found("member")
    return found


def _address(kind: KindName, written: str, *, where: str) -> Address:
    read = read_address(written)
    if isinstance(read, NotLinked):
        sentence = read.sentence
    elif read.kind is not AddressKind(kind):
        sentence = "This is a number." if kind == "email" else "This is a mail address."
        sentence += " Send it with the kind that it is."
    else:
        return read
    raise ApiError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "address_wrong",
        sentence,
        errors=(FieldError(location=where, message=sentence, code="address_wrong"),),
    )


def _answer(
    request: Request, caller: Caller, member_id: MemberId, *, taken_up: int = 0
) -> models.MemberAddresses:
    found = my_addresses(wiring_of(request), program_id=caller.program_id, member_id=member_id)
    return presenters.addresses(member_id, found, taken_up=taken_up)


@router.get(
    "/{member_id}/addresses",
    summary="See a member's mail addresses and numbers",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def get_addresses(request: Request, caller: Viewer, member_id: str) -> models.MemberAddresses:
    """Roles: member (own), admin, service."""
    return _answer(request, caller, _member(request, caller, member_id))


@router.put("/{member_id}/addresses", summary="Link an address or number", responses=_ERRORS)
def put_address(
    request: Request, caller: Linker, member_id: str, asked: models.AddressRequest
) -> models.MemberAddresses:
    """Roles: admin, service. At once and unasked: link only what you know to be the member's.

    What had come from it and was kept is taken in now. Unless the program lets members share addresses, it
    leaves whoever had it before. Repeated, it changes nothing.
    """
    member = _member(request, caller, member_id)
    address = _address(asked.kind, asked.address, where="body.address")
    linked = link_directly(
        wiring_of(request), program_id=caller.program_id, member_id=member, address=address
    )
    return _answer(request, caller, member, taken_up=linked.taken_up)


@router.delete(
    "/{member_id}/addresses",
    summary="Unlink an address or number",
    dependencies=[Depends(KnownQuery("kind", "address"))],
    responses=_ERRORS,
)
def delete_address(
    request: Request,
    caller: Linker,
    member_id: str,
    kind: Annotated[KindName, Query()],
    address: Annotated[PlainText, Query(max_length=_MOST_CHARS, description="A plus is written `%2B`.")],
) -> models.MemberAddresses:
    """Roles: admin, service. Repeated, it changes nothing."""
    member = _member(request, caller, member_id)
    wanted = _address(kind, address, where="query.address")
    unlink(wiring_of(request), program_id=caller.program_id, member_id=member, address=wanted)
    return _answer(request, caller, member)
