"""Query parameters that a list does not know are refused: a filter passed over in silence shows too much."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request

from api.errors import ApiError, FieldError


class KnownQuery:
    """A route's dependency that lets these query parameters pass and no others."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def __call__(self, request: Request) -> None:
        """Look at the names alone; the route itself looks at the values.

        Raises:
            ApiError: 422 `unknown_parameter`, with each of them in `errors`.
        """
        unknown = sorted(set(request.query_params) - set(self._names))
        if not unknown:
            return
        known = ", ".join(f"`{name}`" for name in self._names)
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "unknown_parameter",
            f"This list does not know {', '.join(f'`{name}`' for name in unknown)}. It takes {known}.",
            errors=tuple(
                FieldError(location=f"query.{name}", message="Leave it out.", code="unknown_parameter")
                for name in unknown
            ),
        )
