"""What the documentation points at exists, and nothing in it belongs to one machine."""

import re

import pytest

from tests.docs.pages import ROOT, name_of, pages

pytestmark = [pytest.mark.ground]

LINK = re.compile(r"\[[^\]]+\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
NAMED_FILE = re.compile(
    r"`((?:accounts|operations|routes|billing|subscriptions|cashback|config|tests|docs)/[\w/.-]*\.?\w+/?)(?:::(\w+))?`"
)
MACHINE = re.compile(r"/(?:work|tmp|home|root|Users|var/folders)/")
EXPECTED_PAGES = {
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/architecture.md",
    "docs/deployment.md",
    "docs/runbooks/payment-route-backfill.md",
    "docs/runbooks/allocation-migration.md",
    "docs/runbooks/backup-and-restore.md",
}


def headings(text: str) -> set[str]:
    """The anchors of a page, as GitHub writes them."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


def test_the_pages_that_others_rely_on_are_there():
    assert {name_of(page) for page in pages()} >= EXPECTED_PAGES


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    dead = []
    for target, anchor in LINK.findall(text):
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor not in headings(file.read_text(encoding="utf-8"))):
            dead.append(f"{target}#{anchor}")
    assert dead == []


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_named_files_and_what_is_named_in_them_exist(page):
    text = page.read_text(encoding="utf-8")
    missing = []
    for file, name in NAMED_FILE.findall(text):
        if not (ROOT / file).exists() or (name and name not in (ROOT / file).read_text(encoding="utf-8")):
            missing.append(f"{file}::{name}")
    assert missing == []


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_nothing_belongs_to_one_machine(page):
    assert MACHINE.findall(page.read_text(encoding="utf-8")) == []


def test_the_settings_are_the_same_in_the_manual_the_example_and_the_code():
    in_table = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/deployment.md").read_text(encoding="utf-8"), re.M))
    in_example = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.M))
    code = (ROOT / "config/settings.py").read_text(encoding="utf-8")
    in_code = set(re.findall(r"\b(?:read(?:_\w+)?|env\.\w+)\(\s*\"([A-Z_]+)\"", code))

    assert in_table == in_code
    assert in_example == in_code - {"READ_DOTENV"}


@pytest.mark.django_db
def test_the_example_of_a_backfill_is_one():
    from operations.backfill import registry
    from operations.backfill.plan import Plan, Scope

    example = re.search(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(example[1], "CONTRIBUTING.md", "exec"), {})
    backfill = registry._registered.pop("customer_phone_blanks")
    plan = Plan(backfill, Scope("default", None, None))

    assert list(plan.to_write().values_list("pk", plan.before(), plan.after())) == []
    assert [check.violations(backfill.model.objects.all()).count() for check in backfill.checks()] == [0]


def test_the_sentences_of_the_architecture_are_those_that_check_books_proves():
    from operations.invariants import invariants

    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    table = text.partition("as `check_books` says it")[2].partition("What no query can state")[0]
    told = {row.strip() for row in re.findall(r"^\| ([A-Z][^|`]+) \|", table, re.MULTILINE)}

    assert told == {entry.name for entry in invariants()}
