"""Numbers as people read them."""

import pytest

from console.numbers import ranges, size


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ("1", "1"),
        ("1 2", "1, 2"),
        ("1 2 3 5", "1-3, 5"),
        ("8 9 10 11", "8-11"),
        ("3 5 7", "3, 5, 7"),
    ],
)
def test_numbers_in_a_row_are_a_range(numbers: str, expected: str) -> None:
    assert ranges(numbers.split()) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KB"), (1024**5, "1024.0 TB")],
)
def test_bytes_are_written_for_people(amount: int, expected: str) -> None:
    assert size(amount) == expected
