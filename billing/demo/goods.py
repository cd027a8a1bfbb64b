"""What the demo's businesses sell and to whom. Shops, names and telephone numbers are made up (numbers kept for fiction)."""

from typing import Final

from accounts.demo.people import DISTRO, LARKFIELD

GOODS: Final = {  # code, description, price in cents, most that a small shop takes, tax in basis points
    DISTRO: (
        ("OIL-5L", "Soybean oil, 5 l can", 89_000, 10, 0),
        ("RICE-25", "Miniket rice, 25 kg sack", 185_000, 6, 0),
        ("SUG-50", "Sugar, 50 kg sack", 610_000, 2, 0),
        ("DAL-25", "Red lentils, 25 kg sack", 310_000, 3, 0),
        ("SALT-25", "Iodised salt, 25 x 1 kg", 95_000, 5, 0),
        ("BIS-CTN", "Glucose biscuits, carton", 72_000, 8, 500),
        ("NOO-CTN", "Instant noodles, carton", 108_000, 6, 500),
        ("TEA-12", "Black tea, 12 x 400 g", 240_000, 3, 500),
        ("DET-12", "Washing powder, 12 x 1 kg", 156_000, 4, 1500),
        ("SOAP-48", "Bath soap, 48 x 100 g", 264_000, 3, 1500),
    ),
    LARKFIELD: (
        ("MLK-2L6", "Whole milk, 6 x 2 l", 870, 8, 0),
        ("SEM-1L12", "Semi-skimmed milk, 12 x 1 l", 960, 8, 0),
        ("CRM-1L", "Double cream, 1 l", 395, 10, 0),
        ("BUT-20", "Salted butter, 20 x 250 g", 3_800, 3, 0),
        ("YOG-12", "Natural yoghurt, 12 x 500 g", 1_320, 4, 0),
        ("CHE-25", "Mature cheddar, 2.5 kg", 1_750, 4, 0),
        ("EGG-30", "Free-range eggs, tray of 30", 680, 6, 0),
        ("OAT-6", "Oat drink, 6 x 1 l", 750, 4, 2000),
    ),
}
RETURN_REASONS: Final = {
    DISTRO: ("Crushed on the truck", "Packing torn", "Past its date on delivery", "Ordered too much"),
    LARKFIELD: ("Short-dated", "Packing leaked", "Wrong product delivered", "Fridge broken, sent back"),
}
SHOPS: Final = {  # by round code
    DISTRO: {
        "MIR": (
            "Bismillah Store",
            "Mirpur Bhai Bhai Store",
            "Sarker General Store",
            "Nabila Confectionery",
            "Al-Amin Traders",
            "Pallabi Corner Shop",
            "Howlader Variety Store",
        ),
        "MOH": (
            "Mayer Doa Store",
            "Krishnachura Grocery",
            "Dhanmondi Lake Mart",
            "Talukder Brothers",
            "Shapno Departmental",
            "Ripon Store",
            "New Town Hall Grocery",
        ),
        "UTT": (
            "Uttara Family Mart",
            "Sector Seven Grocery",
            "Tongi Bazar Traders",
            "Mollah Enterprise",
            "Nirala Store",
            "Abdullahpur Super Shop",
        ),
        "JAT": (
            "Jatrabari Wholesale Corner",
            "Sikder Store",
            "Demra Ghat Traders",
            "Madina Grocery",
            "Polly Store",
            "Gazi and Sons",
        ),
        "LAL": (
            "Lalbagh Fort Store",
            "Chawk Bakery Supply",
            "Khandaker Store",
            "Haji Biryani Kitchen",
            "Old Town Grocers",
            "Matubbar Store",
        ),
    },
    LARKFIELD: {
        "NOR": (
            "Northgate Newsagents",
            "The Copper Kettle",
            "Hillcrest Primary School",
            "Beech Road Stores",
            "Kite & Crown Inn",
            "Abbott's Bakery",
        ),
        "HAR": (
            "Quay Street Cafe",
            "Harbour Lights Hotel",
            "Mermaid Fish Bar",
            "Lighthouse Deli",
            "Anchor Convenience",
            "Gull & Cockle",
        ),
        "VAL": (
            "Upper Combe Village Shop",
            "The Plough, Lower Combe",
            "Millbrook Farm Shop",
            "Combe Care Home",
            "St Bride's Tearoom",
            "Vale Garage Shop",
        ),
    },
}


def phone(slug: str, number: int) -> str:
    """A telephone number that belongs to nobody."""
    return f"+880 1555 0100{number:02}" if slug == DISTRO else f"01632 9600{number:02}"
