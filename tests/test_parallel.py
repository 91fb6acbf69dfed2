import numpy as np
import pytest

from helpers.parallel import each


def test_results_are_stacked_in_the_order_of_the_batches():
    first, second = np.arange(40.0).reshape(20, 2), np.arange(20)
    np.testing.assert_array_equal(each(lambda row, k: row * k, first, second), first * second[:, None])


def test_what_one_picture_raises_is_raised():
    with pytest.raises(ZeroDivisionError):
        each(lambda k: 1 // k, [1, 0, 2])
