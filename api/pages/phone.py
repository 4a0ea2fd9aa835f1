"""What makes the pages an app on a phone: the manifest, the worker that keeps a shell, and that shell."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from fastapi import APIRouter, Depends, Request, Response

from api.auth import before_sign_in, wiring_of
from api.intake import upload_limits
from api.pages.render import STATIC, page, static

router = APIRouter(include_in_schema=False, dependencies=[Depends(before_sign_in)])

SHELL = (
    "tillpoints.css",
    "member.css",
    "picture.js",
    "pieces.js",
    "keep.js",
    "send.js",
    "mark.svg",
    "camera.svg",
)
"""What the page without a connection needs."""
_ICONS = ((192, "any"), (512, "any"), (512, "maskable"))


@router.get("/manifest.webmanifest")
def manifest() -> Response:
    """Open. How the pages are put on a home screen."""
    document = {
        "id": "/",
        "name": "Tillpoints",
        "short_name": "Tillpoints",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f5f4f0",
        "theme_color": "#0d5c4b",
        "icons": [
            {
                "src": static(f"icon-{'maskable-' if purpose == 'maskable' else ''}{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": purpose,
            }
            for size, purpose in _ICONS
        ],
    }
    return Response(json.dumps(document), media_type="application/manifest+json")


@cache
def _worker() -> str:
    shell = ["/offline", *map(static, SHELL)]
    code = (STATIC / "worker.js").read_text()
    version = hashlib.sha256(json.dumps([shell, code]).encode()).hexdigest()[:12]
    return f"const VERSION = {json.dumps(version)};\nconst SHELL = {json.dumps(shell)};\n{code}"


@router.get("/service-worker.js")
def worker() -> Response:
    """Open. Stands at the root, since a worker serves the paths below its own."""
    return Response(_worker(), media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/offline")
def offline(request: Request) -> Response:
    """Open. Keeps a photo until there is a connection; it names nobody, and is the same for all."""
    return page(request, "offline.html", account=None, limits=upload_limits(wiring_of(request).settings))
