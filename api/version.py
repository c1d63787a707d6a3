"""What this service is called, and the version of its contract: the one home of both."""

NAME = "Plan Indicators"
VERSION = "1.0.0"
"""Version of the contract (semantic): in API-Version, openapi.yaml and the package."""
LICENCE = {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
CONTACT = {"name": "Plan Indicators", "url": "https://plan-indicators.example/", "email": "api@plan-indicators.example"}
