"""Write the contract and the form of the plan file: `make spec`."""

from spec import write

write()
