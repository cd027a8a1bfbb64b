"""Addresses of cashback, under /api/."""

from django.urls import URLPattern, path

from cashback.api import (
    assignments,
    balance,
    configs,
    grants,
    history,
    loan_payments,
    loan_statement,
    loans,
    payment_methods,
    redemptions,
    tracker_entries,
    trackers,
    transactions,
    workbooks,
)

LOAN = "cashback/loans/<uuid:pk>"
LOAN_PAYMENT = "cashback/loan-payments/<uuid:pk>"
METHOD = "cashback/payment-methods/<uuid:pk>"
REDEMPTION = "cashback/redemptions/<uuid:pk>"
TRACKER = "cashback/trackers/<uuid:pk>"
ADMIN = "cashback/admin"
REDEMPTION_TO_PAY = f"{ADMIN}/redemptions/<uuid:pk>"
ENTRY = f"{ADMIN}/tracker-entries/<uuid:pk>"

urlpatterns: list[URLPattern] = [
    path("cashback/balance", balance.Balance.as_view(), name="cashback-balance"),
    path("cashback/transactions", transactions.Transactions.as_view(), name="cashback-transactions"),
    path("cashback/transfer", balance.Transfer.as_view(), name="cashback-transfer"),
    path("cashback/redemptions", redemptions.Redemptions.as_view(), name="redemptions"),
    path(REDEMPTION, redemptions.OneRedemption.as_view(), name="redemption"),
    path(f"{REDEMPTION}/cancel", redemptions.RedemptionCancellation.as_view(), name="redemption-cancel"),
    path(f"{REDEMPTION}/history", history.RedemptionHistory.as_view(), name="redemption-history"),
    path("cashback/payment-methods", payment_methods.PaymentMethods.as_view(), name="payment-methods"),
    path(METHOD, payment_methods.OnePaymentMethod.as_view(), name="payment-method"),
    path(f"{METHOD}/default", payment_methods.DefaultPaymentMethod.as_view(), name="payment-method-default"),
    path(f"{METHOD}/reveal", payment_methods.RevealedPaymentMethod.as_view(), name="payment-method-reveal"),
    path(f"{ADMIN}/balances", grants.Balances.as_view(), name="cashback-balances"),
    path(f"{ADMIN}/grant", grants.Grant.as_view(), name="cashback-grant"),
    path(f"{ADMIN}/remove", grants.Removal.as_view(), name="cashback-remove"),
    path(f"{REDEMPTION_TO_PAY}/complete", redemptions.RedemptionCompletion.as_view(), name="redemption-complete"),
    path(f"{REDEMPTION_TO_PAY}/cancel", redemptions.AdminRedemptionCancellation.as_view(), name="redemption-refuse"),
    path(f"{REDEMPTION_TO_PAY}/reveal", redemptions.RevealedRedemption.as_view(), name="redemption-reveal"),
    path(f"{ADMIN}/loans/<uuid:pk>/config", configs.LoanConfigs.as_view(), name="loan-configs"),
    path(f"{ADMIN}/loans/<uuid:pk>/config/<uuid:config>", configs.OneLoanConfig.as_view(), name="loan-config"),
    path(f"{ADMIN}/trackers/<uuid:pk>/config", configs.TrackerConfigs.as_view(), name="tracker-configs"),
    path(f"{ADMIN}/trackers/<uuid:pk>/config/<uuid:config>", configs.OneTrackerConfig.as_view(), name="tracker-config"),
    path(f"{ADMIN}/loans/<uuid:pk>/assignments", assignments.LoanAssignments.as_view(), name="loan-assignments"),
    path(
        f"{ADMIN}/loans/<uuid:pk>/assignments/<uuid:assignment>",
        assignments.OneLoanAssignment.as_view(),
        name="loan-assignment",
    ),
    path(
        f"{ADMIN}/trackers/<uuid:pk>/assignments",
        assignments.TrackerAssignments.as_view(),
        name="tracker-assignments",
    ),
    path(
        f"{ADMIN}/trackers/<uuid:pk>/assignments/<uuid:assignment>",
        assignments.OneTrackerAssignment.as_view(),
        name="tracker-assignment",
    ),
    path(f"{ADMIN}/tracker-entries", tracker_entries.TrackerEntries.as_view(), name="tracker-entries"),
    path(f"{ENTRY}/approve", tracker_entries.EntryApproval.as_view(), name="tracker-entry-approve"),
    path(f"{ENTRY}/reject", tracker_entries.EntryRejection.as_view(), name="tracker-entry-reject"),
    path("cashback/loans", loans.Loans.as_view(), name="loans"),
    path(LOAN, loans.OneLoan.as_view(), name="loan"),
    path(f"{LOAN}/payments", loan_payments.PaymentsOfLoan.as_view(), name="loan-payments"),
    path(f"{LOAN}/statement", loan_statement.LoanStatement.as_view(), name="loan-statement"),
    path(f"{LOAN}/close", loans.LoanClosing.as_view(), name="loan-close"),
    path(f"{LOAN}/history", history.LoanHistory.as_view(), name="loan-history"),
    path(f"{LOAN_PAYMENT}/verify", loan_payments.LoanPaymentVerification.as_view(), name="loan-payment-verify"),
    path(f"{LOAN_PAYMENT}/reject", loan_payments.LoanPaymentRejection.as_view(), name="loan-payment-reject"),
    path(f"{LOAN_PAYMENT}/change", loan_payments.LoanPaymentChange.as_view(), name="loan-payment-change"),
    path(f"{LOAN_PAYMENT}/delete", loan_payments.LoanPaymentDeletion.as_view(), name="loan-payment-delete"),
    path("cashback/trackers", trackers.Trackers.as_view(), name="trackers"),
    path(TRACKER, trackers.OneTracker.as_view(), name="tracker"),
    path(f"{TRACKER}/entries", tracker_entries.EntriesOfTracker.as_view(), name="entries-of-tracker"),
    path(f"{TRACKER}/workbook", workbooks.Workbook.as_view(), name="tracker-workbook"),
    path(f"{TRACKER}/close", trackers.TrackerClosing.as_view(), name="tracker-close"),
    path(f"{TRACKER}/reopen", trackers.TrackerReopening.as_view(), name="tracker-reopen"),
    path(f"{TRACKER}/hide", trackers.TrackerHiding.as_view(), name="tracker-hide"),
    path(f"{TRACKER}/history", history.TrackerHistory.as_view(), name="tracker-history"),
]
