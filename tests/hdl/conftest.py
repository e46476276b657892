import gc
import warnings
from collections.abc import Iterator

import pytest
from amaranth.hdl import UnusedElaboratable


@pytest.fixture(autouse=True, scope="module")
def components_that_were_only_asked() -> Iterator[None]:
    """Collect, at the end of a file, the components that its tests asked for a latency and never built.

    They hold one another, so else they would be collected, and complained of, in the middle of any later test.
    """
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnusedElaboratable)
        gc.collect()
