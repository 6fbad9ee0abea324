import pytest

from gengap.data.source_options import complete
from gengap.errors import UserError


def test_defaults_are_filled_in_and_given_values_kept():
    options = complete("images", {"path": "here", "resize": True}, required=["path"], resize=False, channels=3)
    assert options == {"path": "here", "resize": True, "channels": 3}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"path": "here", "chanels": 1}, r"no option `chanels`; the nearest valid one is `channels`\.$"),
        ({"path": "here", "test_fraction": 0.5}, r"no option `test_fraction`; valid are `path`, `channels`\.$"),
        ({"channels": 1}, "`images` needs the option `path`"),
    ],
)
def test_a_wrong_or_missing_option_is_named(options, sentence):
    with pytest.raises(UserError, match=sentence):
        complete("images", options, required=["path"], channels=3)
