def load_many_payments(**_):
    pass
