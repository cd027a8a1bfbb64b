"""The admin's ground: the base class of every page, and the pages of people and businesses."""

from django.contrib import admin

from accounts.admin.acting import ActionPage, ReasonForm, RowAction, row_action
from accounts.admin.base import AuditAdmin
from accounts.admin.card import Card, Figure, Link, State, StoryLine
from accounts.admin.fields import DayField
from accounts.admin.filters import FollowedLink
from accounts.admin.pages import StaffPage, staff_page, staff_page_urls
from accounts.admin.people import LockedOutAdmin, TenantAdmin, TokenAdmin, UserAdmin
from accounts.admin.story import linked, page_of, when

__all__ = [
    "ActionPage",
    "AuditAdmin",
    "Card",
    "DayField",
    "Figure",
    "FollowedLink",
    "Link",
    "LockedOutAdmin",
    "ReasonForm",
    "RowAction",
    "StaffPage",
    "State",
    "StoryLine",
    "TenantAdmin",
    "TokenAdmin",
    "UserAdmin",
    "linked",
    "page_of",
    "row_action",
    "staff_page",
    "when",
]

admin.site.extra_urls = staff_page_urls
