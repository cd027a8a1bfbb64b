"""A sheet of A4: the business's name above, page n of m below, tables whose heads repeat and whose words wrap.

paper = Paper(title="Invoice SAL-2026-0001", business="Larkfield Dairy", letters=everything_that_is_printed)
paper.facts([("Customer", "Mrs Rahman"), ("Due", "31 January 2026")])
paper.listing([Column("For", 5), Column("Amount", 2, is_number=True)], rows)
paper.done()
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, WrapMode
from fpdf.fonts import FontFace

from billing.money import grouped
from billing.printing.fonts import BASE, file_of, fonts_for

MARGIN_MM: Final = 16
SMALL, NORMAL, LARGE = 8, 9.5, 15
INK, QUIET, LINE, SHADE = (24, 28, 35), (100, 106, 117), (190, 196, 206), (244, 246, 248)
WEIGHTS: Final = {"": 400, "B": 650}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head, its share of the width, and whether it holds numbers, which stand at the right."""

    head: str
    share: float
    is_number: bool = False


class Paper(FPDF):
    """A document in the making."""

    def __init__(self, *, title: str, business: str, letters: str, made: str = "") -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.business, self.made, self.heading = business, made, title
        self.set_margins(MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=MARGIN_MM + 8)
        self._take_fonts(f"{title}{business}{letters}")
        self.set_title(title)
        self.set_author(business)
        self.set_text_shaping(use_shaping_engine=True)
        self.alias_nb_pages("{pages}")
        self.add_page()

    def _take_fonts(self, text: str) -> None:
        names = [BASE, *fonts_for(text)]
        for name in names:
            for style, weight in WEIGHTS.items():
                self.add_font(name, style, fname=str(file_of(name, weight)))
        self.set_fallback_fonts(names[1:], exact_match=False)

    def header(self) -> None:
        """The business and the document, on every page."""
        is_first = self.page_no() == 1
        self._ink(QUIET if not is_first else INK, NORMAL, bold=is_first)
        width = self.epw
        self.multi_cell(width, 5, self.business, align=Align.L, new_x="LMARGIN", new_y="NEXT", wrapmode=WrapMode.WORD)
        self._ink(INK, LARGE if is_first else NORMAL, bold=True)
        self.multi_cell(width, 8 if is_first else 5, self.heading, align=Align.L, new_x="LMARGIN", new_y="NEXT")
        self.ln(1)
        self.set_draw_color(*LINE)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())
        self.ln(4)
        self._ink(INK, NORMAL)

    def footer(self) -> None:
        """When it was made, and which page of how many this is."""
        self.set_y(-MARGIN_MM - 2)
        self._ink(QUIET, SMALL)
        self.cell(self.epw / 2, 5, self.made, align=Align.L)
        self.set_x(self.w - self.r_margin - self.get_string_width("Page 88 of 88"))
        self.cell(text=f"Page {self.page_no()} of {{pages}}", h=5)

    def facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Names and what they say, one below the other; long words wrap."""
        for name, said in facts:
            if said:
                self._fact(name, said)
        self.ln(3)

    def _fact(self, name: str, said: str) -> None:
        self._ink(QUIET, NORMAL)
        top = self.get_y()
        self.cell(38, 5.4, name)
        self._ink(INK, NORMAL)
        self.set_xy(self.l_margin + 38, top)
        self.multi_cell(self.epw - 38, 5.4, said, align=Align.L, new_x="LMARGIN", new_y="NEXT")

    def words(self, text: str, *, bold: bool = False) -> None:
        """A paragraph."""
        self._ink(INK if bold else QUIET, NORMAL, bold=bold)
        self.multi_cell(self.epw, 5.2, text, align=Align.L, new_x="LMARGIN", new_y="NEXT")
        self.ln(1.5)
        self._ink(INK, NORMAL)

    def listing(
        self, columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, foot: Iterable[Sequence[Any]] = ()
    ) -> None:
        """Rows under a head that repeats on every page; numbers at the right, nothing cut off. `foot` rows are bold."""
        self._ink(INK, NORMAL)
        self.set_draw_color(*LINE)
        with self.table(
            width=self.epw,
            col_widths=[column.share for column in columns],
            text_align=[Align.R if column.is_number else Align.L for column in columns],
            headings_style=FontFace(emphasis="BOLD", color=QUIET, fill_color=SHADE, size_pt=SMALL),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            line_height=5,
            padding=(1.1, 1.4),
            repeat_headings=1,
            wrapmode=WrapMode.WORD,
        ) as table:
            table.row([column.head for column in columns])
            for row in rows:
                table.row([str(cell) for cell in row])
            for row in foot:
                table.row([str(cell) for cell in row], style=FontFace(emphasis="BOLD"))
        self.ln(4)

    def totals(self, lines: Iterable[tuple[str, str]]) -> None:
        """Names and amounts at the right edge, the last of them bold; they stay together on a page."""
        lines = list(lines)
        if self.will_page_break(6.2 * len(lines)):
            self.add_page()
        for number, (name, amount) in enumerate(lines, start=1):
            is_last = number == len(lines)
            self._ink(INK if is_last else QUIET, NORMAL + is_last, bold=is_last)
            self.cell(self.epw - 48, 6, name, align=Align.R)
            self._ink(INK, NORMAL + is_last, bold=is_last)
            self.cell(48, 6, amount, align=Align.R, new_x="LMARGIN", new_y="NEXT")
        self.ln(3)

    def done(self) -> bytes:
        """The finished file."""
        return bytes(self.output())

    def _ink(self, colour: tuple[int, int, int], size: float, *, bold: bool = False) -> None:
        self.set_font(BASE, "B" if bold else "", size)
        self.set_text_color(*colour)


def amount(cents: int, currency: str = "") -> str:
    """An amount as it is printed: in units, thousands apart, with its currency where one is named.

    >>> amount(1234567, "BDT"), amount(-5), amount(0), amount(1500, "JPY")
    ('12,345.67 BDT', '-0.05', '0.00', '1,500 JPY')
    """
    return f"{grouped(cents, currency)} {currency}".rstrip()


def quantity(number: Any) -> str:
    """A quantity without the zeros that say nothing.

    >>> from decimal import Decimal
    >>> quantity(Decimal("2.500")), quantity(Decimal("10.000"))
    ('2.5', '10')
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
