"""The ground floor: who may do what (tenants, users, tokens) and who did what (the audit base)."""
