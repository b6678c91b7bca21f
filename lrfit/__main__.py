"""`python -m lrfit` is `lrfit`."""

import sys

from lrfit.cli.main import main

sys.exit(main())
