"""`python -m handler`: where aliases stand, what a deploy would do, and the way back by hand.

Nothing of it is in the provider's artifact.
"""

import sys

from console.main import main

sys.exit(main())
