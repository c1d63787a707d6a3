"""Write the contract and the form of the plan file: `make spec`."""

from api.openapi import write

write()
