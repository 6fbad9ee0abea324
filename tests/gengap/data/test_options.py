import pytest

from gengap.data.options import complete
from gengap.errors import UserError


def test_defaults_are_filled_in_and_given_values_kept():
    options = complete("images", {"path": "here", "resize": True}, required=["path"], resize=False, channels=3)
    assert options == {"path": "here", "resize": True, "channels": 3}


def test_a_misspelt_option_is_named_with_the_nearest_one():
    with pytest.raises(UserError) as error:
        complete("images", {"path": "here", "chanels": 1}, required=["path"], channels=3)
    assert str(error.value) == (
        "The data source `images` has no option `chanels`; the nearest valid one is `channels`."
    )


def test_an_option_of_another_source_is_named_with_those_that_are_possible():
    with pytest.raises(UserError, match=r"no option `test_fraction`; valid are `path`, `channels`\.$"):
        complete("images", {"path": "here", "test_fraction": 0.5}, required=["path"], channels=3)


def test_a_missing_option_is_named():
    with pytest.raises(UserError, match=r"`images` needs the option `path`"):
        complete("images", {"channels": 1}, required=["path"], channels=3)
