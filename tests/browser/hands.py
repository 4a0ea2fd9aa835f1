"""Two hands at a keyboard and nothing else, and what of the program's actions they have done.

The actions come from the code: the routes of the pages that change something, the buttons of their forms, the
buttons that scripts act on, and the keys that scripts listen to. A journey notes each as it happens, so that
an action which nobody reaches by keyboard is a test that fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from playwright.sync_api import FileChooser, Locator, Page, Request, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

PAGES = Path(__file__).parents[2] / "api" / "pages"
TABS_MOST = 150
CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
NOTED_BUTTON = """button => [...button.attributes].map((each) => each.name)
      .find((name) => name.startsWith('data-'))
    || [...button.classList].at(-1) || 'plain'"""
STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) { window.lastStop = null; return ''; }
  const named = at.outerHTML.slice(0, 90).replace(/\\s+/g, ' ');
  const box = (at.closest('label.drop') || at).getBoundingClientRect();
  const fixed = (each) => each && each !== document.body
    && (['fixed', 'sticky'].includes(getComputedStyle(each).position) || fixed(each.parentElement));
  const ringed = (each) => {
    const style = getComputedStyle(each);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 1;
  };
  const faults = [];
  if (![at, at.closest('label')].some((each) => each && ringed(each))) faults.push('no ring: ' + named);
  if (box.width < 2 || box.height < 2 || box.bottom <= 0 || box.top >= innerHeight
    || box.right <= 0 || box.left >= innerWidth) faults.push('out of sight: ' + named);
  if (at.tabIndex > 0) faults.push('tabindex: ' + named);
  const here = { left: box.left, right: box.right, top: box.top + scrollY, bottom: box.bottom + scrollY };
  const last = window.lastStop;
  const over = (a, b, low, high) => Math.min(a[high], b[high]) - Math.max(a[low], b[low]) > 1;
  if (last && !fixed(at)) {
    const above = here.bottom <= last.top && over(here, last, 'left', 'right');
    const back = here.right <= last.left && over(here, last, 'top', 'bottom');
    if (above) faults.push('up from the one before: ' + named);
    if (back) faults.push('left of the one before: ' + named);
  }
  window.lastStop = fixed(at) || at.closest('pre, .photo, .panes') === at ? null : here;
  return faults.join('; ');
}"""
"""What an eye would miss of the stop that has the focus: a ring, its place, the way from above."""
NOTES = (
    """(() => {
  const nameOf = """
    + NOTED_BUTTON
    + """;
  const scripts = () => [...document.scripts].map(each => each.src.split('/').pop().split('?')[0]);
  addEventListener('click', (event) => {
    const button = event.target.closest?.('button');
    if (!button || !event.isTrusted) return;
    if (button.name) noteByHand('sent ' + button.formAction + ' ' + button.name + '=' + button.value);
    if (button.type !== 'button') return;
    const chosen = button.closest('.look') ? 'chosen again' : 'chosen remove';
    noteByHand(event.detail ? 'mouse' : button.closest('.chosen') ? chosen : 'button ' + nameOf(button));
  }, true);
  addEventListener('pointerdown', () => noteByHand('mouse'), true);
  addEventListener('keydown', (event) => {
    if (event.isTrusted && (event.defaultPrevented || event.key === 'Escape')) {
      for (const each of scripts()) noteByHand('key ' + each + ' ' + event.key);
    }
  });
  const stop = """
    + STOP
    + """;
  addEventListener('keyup', (event) => {
    if (event.shiftKey) { window.lastStop = null; return; }
    const fault = event.key === 'Tab' && event.isTrusted ? stop() : '';
    if (fault) noteByHand('fault ' + location.pathname + ': ' + fault);
  });
})()"""
)
AHEAD = """wanted => {
  const at = document.activeElement;
  if (at && at !== document.body && at.matches(wanted)) return 0;
  const top = document.querySelector('dialog[open]') || document;
  const all = top.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]');
  const stops = [...all].filter((each) =>
    each.tabIndex >= 0 && !each.disabled && each.checkVisibility({ visibilityProperty: true })
    && (each.type !== 'radio' || each.checked));
  const there = stops.findIndex((each) => each.matches(wanted));
  const here = stops.indexOf(at);
  return Math.max(1, here >= 0 && there > here ? there - here : 1);
}"""
"""How many stops lie before the one that is wanted, at least; 0 where it has the focus."""


class Hands:
    """One person's keys on one page."""

    def __init__(self, page: Page, app: FastAPI) -> None:
        self.page = page
        self.keys = page.keyboard
        self.did: set[str] = set()
        self.faults: set[str] = set()
        self._routes = changing(app)
        page.expose_binding("noteByHand", lambda _source, what: self._note_key(str(what)))
        page.add_init_script(NOTES)
        page.on("request", self._note)
        # Somebody listens all the time: else a choice could open before the browser was told to hand it over.
        page.on("filechooser", lambda _chooser: None)

    def _note_key(self, what: str) -> None:
        """A key, a button, or the button that sends a form: with a file in it, its body is not to be seen."""
        kind, _, rest = what.partition(" ")
        if kind == "sent":
            at, _, pressed = rest.partition(" ")
            path = next(each.path for each in self._routes if each.pattern.match(urlsplit(at).path))
            what = f"{path} {re.sub(r'[0-9]+', 'N', pressed)}"
        if kind == "fault":
            self.faults.add(rest)
        self.did.add(what)

    def _note(self, request: Request) -> None:
        if request.method not in CHANGES:
            return
        path = urlsplit(request.url).path
        for route in self._routes:
            if request.method in route.methods and route.pattern.match(path):
                self.did |= {route.path, *_said(route.path, request.post_data_buffer or b"")}
                return

    def to(self, selector: str) -> None:
        """By Tab to where the selector is."""
        pressed = 0
        while ahead := self.page.evaluate(AHEAD, selector):
            assert pressed < TABS_MOST, f"{selector} is not reached by Tab on {self.page.url}"
            for _ in range(ahead):
                self.keys.press("Tab")
            pressed += ahead

    def press(self, selector: str, key: str = "Enter") -> None:
        """By Tab to a button, a link or a summary, and pressed."""
        self.to(selector)
        self.keys.press(key)

    def go(self, selector: str, key: str = "Enter") -> None:
        """As `press`, and the next page is there."""
        self.to(selector)
        self.leads(lambda: self.keys.press(key))

    def leads(self, act: Callable[[], None]) -> None:
        """Does what leads to another page, and waits until that is there."""
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            act()

    def write(self, selector: str, text: str) -> None:
        """By Tab to a field, and its text replaced."""
        self.to(selector)
        self.keys.press("ControlOrMeta+a")
        self.keys.type(text)

    def choose(self, selector: str, value: str) -> None:
        """By Tab to a list, and by arrows to one of its options."""
        self.to(selector)
        for key in ("ArrowDown", "ArrowUp"):
            for _ in range(60):
                before = self.page.evaluate("document.activeElement.value")
                if before == value:
                    return
                self.keys.press(key)
                if self.page.evaluate("document.activeElement.value") == before:
                    break
        raise AssertionError(f"{value} is not reached by arrows in {selector}")

    def file(self, selector: str, *files: Path) -> None:
        """By Tab to a choice of files, opened by the space bar."""
        self.to(selector)
        self.chooser("Space").set_files([str(each) for each in files])

    def chooser(self, key: str) -> FileChooser:
        """The choice of a file that a key opens; pressed again where a busy browser let the press pass."""
        for _ in range(2):
            try:
                with self.page.expect_file_chooser(timeout=10_000) as opened:
                    self.keys.press(key)
                return opened.value
            except PlaywrightTimeoutError:
                continue
        raise AssertionError(f"{key} opens no choice of a file")

    def here(self) -> Locator:
        """What has the focus."""
        return self.page.locator(":focus")


def enter(hands: Hands, url: str, email: str, password: str) -> None:
    """Signs in."""
    hands.page.goto(f"{url}/sign-in")
    hands.write("input[name=email]", email)
    hands.write("input[name=password]", password)
    hands.leads(lambda: hands.keys.press("Enter"))


def said(hands: Hands, text: str) -> None:
    """The page says so, and the keys go on from there, or from the part of the page that it is about."""
    notice = hands.page.locator("main .notice[role]").filter(has_text=text).first
    expect(notice).to_be_visible()
    if "#" not in hands.page.url:
        expect(notice).to_be_focused()


@dataclass(frozen=True)
class Changing:
    """A route of the pages that changes something."""

    path: str
    methods: frozenset[str]
    pattern: re.Pattern[str]


def changing(app: FastAPI) -> list[Changing]:
    """The routes of the pages that change something."""
    found = []
    for each in iter_route_contexts(app.routes):
        if (
            each.path is None
            or each.path.startswith(("/v1", "/channels"))
            or not CHANGES & set(each.methods or ())
        ):
            continue
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", each.path) + "$")
        found.append(Changing(each.path, frozenset(each.methods or ()), pattern))
    # What has a name of its own comes before what takes any: `/review/together` before `/review/{case_id}`.
    return sorted(found, key=lambda each: each.path.count("{"))


@cache
def _templates() -> str:
    return "\n".join(
        each.read_text(encoding="utf-8") for each in sorted((PAGES / "templates").glob("*.html"))
    )


def _plain(value: str) -> tuple[str, ...]:
    """What a value in a template can be: itself, the words that its expression chooses from, any number."""
    found = re.findall(r"'([\w-]+)'", value) if "{{" in value else []
    return tuple(found) or (re.sub(r"\{\{.*?\}\}|\d+", "N", value),)


@cache
def _buttons() -> tuple[tuple[str, str, str], ...]:
    """Of each form that posts: where to, and the name and value of each button and hidden `do`."""
    found = []
    for at, inside in re.findall(
        r'<form[^>]*method="post"[^>]*action="([^"]+)"[^>]*>(.*?)</form>', _templates(), re.DOTALL
    ):
        path = re.sub(r"\{\{.*?\}\}", "1", at)
        for tag in re.findall(r'<button\b(?:[^>"]|"[^"]*")*>', inside):
            name, value = (re.search(rf'\b{each}="([^"]*)"', tag) for each in ("name", "value"))
            elsewhere = re.search(r'formaction="([^"#]+)', tag)
            there = re.sub(r"\{\{.*?\}\}", "1", elsewhere[1]) if elsewhere else path
            if name and value:
                found += [(there, name[1], each) for each in _plain(value[1])]
        found += [
            (path, "do", each) for each in re.findall(r'type="hidden" name="do" value="([\w-]+)"', inside)
        ]
    # A button of a macro stands in its own file, outside of the form that calls it.
    found += [("/program/campaigns/form", "what", "remove-N")]
    return tuple(found)


@cache
def _names() -> frozenset[str]:
    return frozenset(name for _, name, _ in _buttons())


def _said(path: str, body: bytes) -> set[str]:
    """Which button was pressed, of a form as it was sent."""
    text = body.decode("utf-8", "replace")
    if "form-data" in text[:300]:
        fields = re.findall(r'name="(\w+)"\r\n\r\n([^\r]*)\r\n', text)
    else:
        fields = [(name, value) for name, values in parse_qs(text).items() for value in values]
    return {f"{path} {name}={re.sub(r'[0-9]+', 'N', value)}" for name, value in fields if name in _names()}


def of_routes(app: FastAPI) -> dict[str, set[str]]:
    """The actions of each route of the pages: itself, and each of its buttons."""
    actions = {route.path: {route.path} for route in changing(app)}
    for at, name, value in _buttons():
        path = next(each.path for each in changing(app) if each.pattern.match(at))
        actions[path].add(f"{path} {name}={value}")
    return actions


def of_scripts() -> set[str]:
    """The buttons that scripts act on, and the keys that they listen to."""
    actions = set()
    for tag in re.findall(r'<button\b(?:[^>"]|"[^"]*")*>', _templates()):
        if 'type="button"' in tag:
            data = re.search(r"\b(data-[\w-]+)", tag)
            names = re.search(r'class="([^"]+)"', tag)
            actions.add(f"button {data[1] if data else names[1].split()[-1] if names else 'plain'}")
    for script in sorted((PAGES / "static").glob("*.js")):
        text = script.read_text(encoding="utf-8")
        actions |= {f"chosen {each}" for each in re.findall(r"link\(words\.(\w+)", text)}
        keys = re.findall(r'event\.key [!=]== "([^"]+)"', text)
        listed = re.search(r"const keys = \{(.*?)\n  \};", text, re.DOTALL)
        keys += re.findall(r'^    "?([^\s":]+)"?: \(\) =>', listed[1], re.MULTILINE) if listed else []
        actions |= {f"key {script.name} {each}" for each in keys}
    return actions
