"""Where an order is shipped from, and which transfer is picked first. Plain Python, no Odoo: tested without a database.

``distance`` says how far a warehouse is from a consignee and on what grounds, ``plans`` turns needs and stocks into
candidates with a score made of visible parts, ``waves`` puts transfers into one stated order and fills waves with them.
"""
