"""The networks of `tests.networks`, for those that simulate them."""

from tests.networks.conftest import draw_domain, random_network  # noqa: F401 - fixtures
