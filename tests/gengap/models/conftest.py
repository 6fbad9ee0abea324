import pytest


@pytest.fixture
def options(model_options):
    return model_options()
