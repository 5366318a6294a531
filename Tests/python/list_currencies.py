"""Prints ISO 4217's current currencies and funds, a line each: the code, and its minor unit's digits or `-`.

The package has the list that ISO's maintenance agency publishes (list one), its date in the package's version.
"""

import iso4217

for currency in sorted(iso4217.Currency, key=lambda currency: currency.code):
    print(currency.code.upper(), "-" if currency.exponent is None else currency.exponent)
