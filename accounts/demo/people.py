"""The demo's businesses and the people who work there. Every name is made up; every address is at example.com."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib.auth.hashers import make_password

from accounts.demo.dates import BOOKS_OPEN
from accounts.demo.ids import DemoIds
from accounts.demo.rows import image, insert, insert_images
from accounts.models import Role, Tenant, User
from accounts.roles import OFFICE

PASSWORD: Final = "roundsman-demo"  # noqa: S105 - of the demo alone, printed when it is loaded
SUPERUSER: Final = "owner@example.com"

DISTRO: Final = "distro"
LARKFIELD: Final = "larkfield-dairy"
MEADOW: Final = "meadow-dairy"
HARBOR: Final = "harbor-fibre"
LENDER: Final = "lotus-lending"
GRAND: Final = "grand-wholesale"
TENANTS_OF: Final = {"small": (DISTRO, LARKFIELD, MEADOW, HARBOR, LENDER), "large": (GRAND,), LENDER: (LENDER,)}

BUSINESSES: Final = {
    DISTRO: ("Shapla Goods Distribution", "BDT", "Asia/Dhaka"),
    LARKFIELD: ("Larkfield Dairy", "GBP", "Europe/London"),
    MEADOW: ("Meadow Morning Dairy", "INR", "Asia/Kolkata"),
    HARBOR: ("Harbor Fibre", "EUR", "Europe/Lisbon"),
    LENDER: ("Lotus Lending", "INR", "Asia/Kolkata"),
    GRAND: ("Grand Delta Wholesale", "BDT", "Asia/Dhaka"),
}
NUMBERING: Final = {MEADOW: Tenant.InvoiceNumbering.INDIAN_FINANCIAL_YEAR}  # of invoices; the others by calendar year
STAFF: Final = {  # e-mail name, name, role, active
    DISTRO: (
        ("admin", "Farhana Chowdhury", Role.ADMIN, True),
        ("finance", "Tanvir Hossain", Role.FINANCE, True),
        ("rafiq", "Rafiqul Islam", Role.SALES_REP, True),
        ("jamal", "Jamal Uddin", Role.SALES_REP, True),
        ("shirin", "Shirin Akter", Role.SALES_REP, True),
        ("babul", "Babul Mia", Role.SALES_REP, True),
        ("nasima", "Nasima Begum", Role.SALES_REP, True),
    ),
    LARKFIELD: (
        ("larkfield.admin", "Gwen Ashdown", Role.ADMIN, True),
        ("larkfield.finance", "Martin Pell", Role.FINANCE, True),
        ("tom", "Tom Birtwhistle", Role.SALES_REP, True),
        ("priya", "Priya Menon", Role.SALES_REP, True),
        ("ewan", "Ewan Garrick", Role.SALES_REP, True),
        ("colin", "Colin Straker", Role.SALES_REP, False),
    ),
    MEADOW: (
        ("meadow.admin", "Anjali Deshpande", Role.ADMIN, True),
        ("meadow.finance", "Suresh Kulkarni", Role.FINANCE, True),
        ("ganesh", "Ganesh Pawar", Role.SALES_REP, True),
        ("meena", "Meena Jadhav", Role.SALES_REP, True),
        ("vikram", "Vikram Shinde", Role.SALES_REP, True),
    ),
    HARBOR: (
        ("harbor.admin", "Beatriz Molhe", Role.ADMIN, True),
        ("harbor.finance", "Rui Cabo", Role.FINANCE, True),
    ),
    LENDER: (
        ("lotus.admin", "Revathi Subramaniam", Role.ADMIN, True),
        ("lotus.finance", "Imran Qureshi", Role.FINANCE, True),
        ("arjun", "Arjun Nair", Role.SALES_REP, True),
        ("kavita", "Kavita Rao", Role.CUSTOMER, True),
        ("dinesh", "Dinesh Pillai", Role.CUSTOMER, True),
        ("fatima", "Fatima Sheikh", Role.CUSTOMER, True),
        ("george", "George Mathew", Role.CUSTOMER, True),
        ("lakshmi", "Lakshmi Iyer", Role.CUSTOMER, True),
        ("mohan", "Mohan Das", Role.CUSTOMER, True),
        ("nila", "Nila Bose", Role.CUSTOMER, True),
        ("prakash", "Prakash Reddy", Role.CUSTOMER, False),
    ),
    GRAND: (
        ("grand.admin", "Sabina Yasmin Khan", Role.ADMIN, True),
        ("grand.finance", "Mahbub Alam", Role.FINANCE, True),
    ),
}
FIRST_NAMES: Final = ("Abdul", "Kamal", "Salma", "Habib", "Rokeya", "Selim", "Mizan", "Parvin", "Faruk", "Lutfa")
LAST_NAMES: Final = (
    "Sarker",
    "Mollah",
    "Bepari",
    "Sikder",
    "Howlader",
    "Talukder",
    "Mridha",
    "Gazi",
    "Khandaker",
    "Matubbar",
)
OPENED_AT: Final = datetime(BOOKS_OPEN.year, BOOKS_OPEN.month, BOOKS_OPEN.day, 3, tzinfo=UTC)


def reps_for(payments: int) -> int:
    """How many representatives a business with so many payments has: 100 at a million."""
    return max(4, min(100, payments // 10_000))


def load_people(
    *, size: str, seed: int, using: str, ids: str, payments: int, say: Callable[[str], Any], **_: Any
) -> None:
    """Write the businesses of this size, their people, and the superuser when there is none yet."""
    new_id = DemoIds(seed=seed, mode=ids, part=f"people-{size}")
    later = (MEADOW, HARBOR, LENDER)  # they came later: the manuals name ids of the others
    ids_of = {slug: DemoIds(seed=seed, mode=ids, part=slug) for slug in later}
    hashed = make_password(PASSWORD, salt=f"roundsmandemo{seed}")  # once: hashing is slow on purpose
    tenants = [_tenant(slug, ids_of.get(slug, new_id)) for slug in TENANTS_OF[size]]
    users = [
        _user(ids_of.get(tenant.slug, new_id), hashed, tenant, *who)
        for tenant in tenants
        for who in _staff(tenant.slug, payments)
    ]
    if not User.objects.using(using).filter(email=SUPERUSER).exists():
        users.append(_user(new_id, hashed, None, "owner", "Demo Owner", Role.ADMIN, True))
    insert(Tenant, tenants, using=using)
    insert(User, users, using=using)
    insert_images([image(row, at=OPENED_AT) for row in [*tenants, *users]], using=using)
    say(f"{len(tenants)} businesses with {len(users)} people")


def _staff(slug: str, payments: int) -> list[tuple[str, str, Role, bool]]:
    reps = reps_for(payments) if slug == GRAND else 0
    return [
        *STAFF[slug],
        *(
            (f"rep{n:03}", f"{FIRST_NAMES[n % 10]} {LAST_NAMES[n // 10 % 10]}", Role.SALES_REP, True)
            for n in range(reps)
        ),
    ]


def _tenant(slug: str, new_id: DemoIds) -> Tenant:
    name, currency, timezone = BUSINESSES[slug]
    tenant = Tenant(
        id=new_id(OPENED_AT), slug=slug, name=name, currency=currency, timezone=timezone, created_at=OPENED_AT
    )
    tenant.invoice_numbering = NUMBERING.get(slug, tenant.invoice_numbering)
    return tenant


def _user(
    new_id: DemoIds, hashed: str, tenant: Tenant | None, mailbox: str, name: str, role: Role, is_active: bool
) -> User:
    return User(
        id=new_id(OPENED_AT),
        email=f"{mailbox}@example.com",
        password=hashed,
        name=name,
        tenant=tenant,
        role=role,
        is_staff=role in OFFICE,
        is_superuser=tenant is None,
        is_active=is_active,
        created_at=OPENED_AT,
    )
